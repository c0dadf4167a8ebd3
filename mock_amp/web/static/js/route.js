// Where somebody is on the page: all of it is in the address bar, so that a view can be kept and shared.

/** #/messages/123?account=ci&status=SEEN as {view, id, params}. */
export function read(hash) {
  const [path, params] = hash.replace(/^#\/?/, "").split("?");
  const [view, ...id] = path.split("/").map((each) => decode(each));
  return { view: view || "messages", id: id.join("/") || null, params: new URLSearchParams(params) };
}

/** The address of a view. Parameters that are empty are left out; the default account is not named. */
export function write(view, id, params = {}) {
  const told = new URLSearchParams();
  for (const [name, value] of params instanceof URLSearchParams ? params : Object.entries(params)) {
    if (value != null && value !== "" && !(name === "account" && value === "default")) told.append(name, value);
  }
  return `#/${view}${id ? `/${encodeURIComponent(id)}` : ""}${told.size ? `?${told}` : ""}`;
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
