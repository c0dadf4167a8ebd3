// The account: what it is, its tokens, a copy of all it has; another account, and the way to the other ones.

import { call } from "./api.js";
import { ask } from "./dialog.js";
import { h } from "./dom.js";
import { count, dayTime, instant, many, millis } from "./format.js";
import { attempt, button, card, channel, copy, facts, field, icon, say } from "./ui.js";

const MOST = 200;
const DEFAULT = "default";
const OWN = ""; // the server's own scenario

export const sheet = "scenario.css";

const most = (limit) => (limit === null ? "all" : count(limit));

export function open(page) {
  const { account } = page;
  let told, tokens, shipped = [], asking, wrong = {};
  page.told = undefined; // accounts come and go without an event here

  const sure = (title, ...question) => {
    const closed = () => {
      if (asking === it) asking = undefined;
      page.draw(); // at once: it may be asked for again right behind
    };
    const it = () => ask(title, closed, ...question);
    asking = it;
    page.redraw();
  };
  /** Does what a form wishes; why not is told beside it. */
  const sending = (name, work) => async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    wrong[name] = undefined;
    if (await attempt(() => work(Object.fromEntries(new FormData(form))), null, (words) => (wrong[name] = words))) form.reset();
    page.redraw();
  };
  const why = (name) => wrong[name] && h("p", { class: "why", role: "alert" }, wrong[name]);
  const renewed = () => {
    page.told = undefined;
    page.reload();
  };

  return {
    title: "Account",
    listens: ["reset", "clock"],
    async load(signal) {
      const [found, list] = await Promise.all([account.get("/tokens", {}, { signal }), shipped.length ? null : call("GET", "/__admin/scenarios", { signal })]);
      tokens = found.items;
      if (list) shipped = list.items.map(({ name }) => name);
    },
    draw() {
      told = page.told ?? told;
      return h("div", { class: "view" }, h("h1", { tabindex: "-1" }, "Account"), told && tokens && [about(), keys(), h("div", { class: "halves" }, another(), copies()), list(), asking?.()]);
    },
  };

  function about() {
    const { mode, rate } = page.clock.told;
    const { limits } = told;
    const isDefault = account.id === DEFAULT;
    return card(account.id, [
      button("Reset…", () => sure("Reset this account?", "Reset it", reset,
        h("p", null, "All its messages, callbacks, requests and what lies ahead go. Clock, seed and scenario are again as it was opened with. Its tokens stay.")), { sign: "again" }),
      button("Delete…", () => isDefault || sure("Delete this account?", "Delete it", remove, h("p", null, `${account.id} goes with all that it has, and its ${many(tokens.length, "token")} end.`)),
        { kind: "danger", "aria-disabled": isDefault ? "true" : null, "aria-describedby": isDefault ? "stays" : null }),
    ],
    facts(["Clock", h("a", { href: page.to("clock") }, mode === "scaled" ? `scaled ×${rate}` : mode)], ["Seed", h("code", null, told.seed)],
      ["Scenario", h("a", { href: page.to("scenario") }, told.scenario)], ["Opened, real time", h("time", { datetime: told.created_at }, dayTime(millis(told.created_at)))],
      ["Keeps", `${most(limits.messages)} messages, ${most(limits.requests)} requests${limits.age ? `, for ${limits.age}` : ""}`],
      ["Expires", told.expires_at ? `after ${told.expires_after} without use` : "never"]),
    isDefault && h("small", { id: "stays" }, "The default account cannot be deleted; a reset empties it."));
  }

  async function reset() {
    if (await attempt(() => account.post("/reset"), "The account is as it was opened")) renewed();
  }

  async function remove() {
    page.live.end(); // its stream would tell what we know
    const done = await attempt(async () => {
      await call("DELETE", account.path(""));
      return true;
    }, `${account.id} is deleted`);
    if (done) page.go(page.to("account", null, { account: DEFAULT }));
    else page.choose();
  }

  function keys() {
    const make = sending("token", async ({ name, requests, per }) => {
      const made = await account.post("/tokens", { name, ...(requests && { rate: { requests: Number(requests), per } }) });
      page.reload();
      say("There is a new token");
      return made;
    });
    return card("Tokens", h("small", null, many(tokens.length, "token")),
      h("div", { class: "scrolls", tabindex: "0", role: "region", "aria-label": "Table of the tokens" }, h("table", null,
        h("thead", null, h("tr", null, ["Name", "Token", "Channels", "Senders", "From", "Rate", "Dialect"].map((each) => h("th", { scope: "col" }, each)), h("td"))),
        h("tbody", null, tokens.slice(0, MOST).map(row)))),
      tokens.length > MOST && h("p", null, `The first ${MOST} are here.`),
      h("form", { class: "line", onsubmit: make },
        field("Name of a new token", h("input", { name: "name", maxlength: "255", autocomplete: "off" })),
        field("Requests at most", h("input", { name: "requests", type: "number", min: "1", placeholder: "no limit" })),
        field("in", h("input", { name: "per", value: "1s", size: "6", autocomplete: "off" })),
        button("New token", null, { type: "submit", kind: "main" }), why("token")));
  }

  function row({ token, name, channels, senders, networks, rate, dialect }) {
    return h("tr", { key: token }, h("th", { scope: "row", class: "clip", title: name }, name || h("i", null, "no name")),
      h("td", { class: "key" }, h("code", null, token), copy(token, `Copy the token ${name}`, { iconOnly: true, kind: "plain" })),
      h("td", null, h("span", { class: "actions" }, channels.map((each) => channel(each, true)))),
      h("td", null, senders.join(", ") || "any"), h("td", null, networks.join(", ") || "anywhere"),
      h("td", null, rate ? `${count(rate.requests)} in ${rate.per}` : "no limit"), h("td", null, dialect),
      h("td", null, button(`Delete the token ${name || token}`, () => sure("Delete this token?", "Delete it", () => end(token),
        h("p", null, h("code", null, token), " ", name), h("p", null, "It ends for ever: a request with it is answered 401.")), { sign: "cross", iconOnly: true, kind: "plain" })));
  }

  async function end(token) {
    await attempt(() => call("DELETE", account.path(`/tokens/${encodeURIComponent(token)}`)), "The token is deleted");
    document.querySelector('main [name="name"]')?.focus(); // the button that had the focus is gone
    page.reload();
  }

  function another() {
    const make = sending("account", async ({ clock, seed, scenario }) => {
      const { id } = await call("POST", "/__admin/accounts", { body: { clock, ...(seed && { seed: Number(seed) }), ...(scenario && { scenario }) } });
      say(`${id} is open`);
      page.go(page.to("account", null, { account: id }));
      return id;
    });
    return card("Open another account", null, h("p", null, "With its own token, clock, messages and scenario: one for a test, or for a person."),
      h("form", { class: "line wide", onsubmit: make },
        field("Clock", h("select", { name: "clock" }, ["frozen", "real", "scaled"].map((each) => h("option", { key: each, value: each }, each)))),
        field("Seed", h("input", { name: "seed", inputmode: "numeric", pattern: "-?[0-9]+", placeholder: "any", autocomplete: "off" })),
        field("Scenario", h("select", { name: "scenario" }, [[OWN, "the server's own"], ...shipped.map((each) => [each, each])].map(([each, words]) => h("option", { key: each, value: each }, words)))),
        button("Open it", null, { type: "submit", kind: "main" }), why("account")));
  }

  function copies() {
    return card("Snapshot", null, h("p", null, "All that the account has, as one file: data, clock, agenda and scenario, without its id and tokens. A server of the same version takes it over."),
      h("div", { class: "actions" }, button("Download", download, { sign: "down" }),
        h("label", { class: "button" }, icon("open"), "Take one over…",
          h("input", { type: "file", class: "quiet", accept: ".json,application/json", onchange: ({ currentTarget }) => chosen(currentTarget) }))),
      why("snapshot"));
  }

  async function download() {
    const it = await attempt(() => account.get("/snapshot"));
    if (!it) return;
    const href = URL.createObjectURL(new Blob([JSON.stringify(it)], { type: "application/json" }));
    const name = `mock-amp-${account.id}-${instant(page.clock.now()).slice(0, 19)}`.replace(/[^\w.-]+/g, "-");
    Object.assign(document.createElement("a"), { href, download: `${name}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000); // the browser may still be writing
  }

  async function chosen(input) {
    const [file] = input.files;
    const text = await file?.text();
    input.value = ""; // so that the same file can be chosen again
    if (text === undefined) return;
    wrong.snapshot = undefined;
    try {
      const it = JSON.parse(text);
      sure("Replace what this account has?", "Replace it", () => over(it),
        h("p", null, "Its messages, callbacks, requests and clock go. Those of ", h("b", null, file.name), " take their place. Its id and its tokens stay."));
    } catch {
      wrong.snapshot = `${file.name} is no snapshot: it is no JSON.`;
    }
    page.redraw();
  }

  async function over(it) {
    const done = await attempt(async () => (await account.put("/snapshot", it), true), "The snapshot is taken over", (words) => (wrong.snapshot = words));
    if (done) renewed();
    else page.redraw();
  }

  function list() {
    const search = page.params.get("search") ?? "";
    const found = page.accounts.filter(({ id }) => id.toLowerCase().includes(search.trim().toLowerCase()));
    return card("Accounts", h("div", { class: "search" }, icon("search"),
      h("input", { type: "search", placeholder: "Part of its id…", "aria-label": "Search accounts", value: search, oninput: ({ currentTarget }) => page.filter({ search: currentTarget.value }) })),
    h("p", { role: "status" },
      found.length > MOST ? `${many(found.length, "account")}, the first ${MOST} of them here.` : found.length ? many(found.length, "account") : "No account has such an id."),
    h("ul", { class: "shipped" }, found.slice(0, MOST).map(({ id, clock, scenario }) =>
      h("li", { key: id, class: id === account.id && "current" }, h("a", { href: page.to("account", null, { account: id }), "aria-current": id === account.id ? "true" : null }, id),
        h("small", null, `${clock.mode} clock, ${scenario}`)))));
  }
}
