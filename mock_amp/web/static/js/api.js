// The control plane, as the page calls it. With an admin key the page asks for it once and keeps it for this tab.

const KEY = "mock-amp admin key";
const PATIENCE = 20_000;

/** What the control plane refused, or that nobody answered (status 0). */
export class Problem extends Error {
  constructor(status, told) {
    super(told.detail ?? told.title ?? "mock-amp did not answer");
    this.status = status;
    this.told = told;
  }
}

let key = kept("sessionStorage", KEY);

/** What a browser keeps under a name; null where it keeps nothing for us. */
export function kept(storage, name) {
  try {
    return window[storage].getItem(name);
  } catch {
    return null;
  }
}

/** Keeps a text under a name, as far as the browser lets us: nothing of what was there before stays. */
export function keep(storage, name, text) {
  try {
    window[storage].removeItem(name);
    window[storage].setItem(name, text);
  } catch {
    // then it is gone with the page
  }
}

/** The headers that every call has. */
export const headers = (more = {}) => (key === null ? more : { ...more, Authorization: `Bearer ${key}` });

/** A header has no other characters, and neither has a key. */
export function keepKey(text) {
  key = text.replace(/[^\x20-\x7e]/g, "?");
  keep("sessionStorage", KEY, key);
}

export const isKept = () => key !== null;

/** The path of a call about an account. */
export const pathOf = (account, path) => `/__admin/accounts/${encodeURIComponent(account)}${path}`;

/** A query string without what is empty; lists give a parameter several times. */
export function query(params) {
  const pairs = Object.entries(params).flatMap(([name, value]) => [value].flat().map((each) => [name, each]));
  const told = new URLSearchParams(pairs.filter(([, value]) => value != null && value !== ""));
  return told.size ? `?${told}` : "";
}

/**
 * Calls the control plane; answers what it says: an object, a text where that is no JSON, null for 204.
 *
 * `body` is an object, or a text that goes as YAML. Throws Problem.
 */
export async function call(method, path, { body, accept = "application/json", signal } = {}) {
  const isText = typeof body === "string";
  const sent = body === undefined ? undefined : isText ? body : JSON.stringify(body);
  const patience = method === "GET" ? [AbortSignal.timeout(PATIENCE)] : []; // an advance takes what it takes
  const type = sent === undefined ? {} : { "Content-Type": isText ? "application/yaml" : "application/json" };
  let answer, text;
  try {
    answer = await fetch(path, { method, body: sent, headers: headers({ Accept: accept, ...type }), signal: AbortSignal.any([signal, ...patience].filter(Boolean)), cache: "no-store" });
    text = await answer.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, { title: "mock-amp does not answer" });
  }
  const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
  const told = isJson && text ? JSON.parse(text) : text || null;
  if (!answer.ok) throw new Problem(answer.status, isJson ? told : { detail: `${answer.status} ${answer.statusText}` });
  return told;
}

/** The calls about one account: `get("/messages", {limit: 1})`, `post("/reset")`. */
export class Account {
  constructor(id) {
    this.id = id;
  }

  path(path) {
    return pathOf(this.id, path);
  }

  get(path, params = {}, options = {}) {
    return call("GET", this.path(path) + query(params), options);
  }

  post(path, body, options = {}) {
    return call("POST", this.path(path), { body, ...options });
  }

  put(path, body, options = {}) {
    return call("PUT", this.path(path), { body, ...options });
  }
}
