// The rules of the wire contract: all of them, or what one says.

import { call } from "./api.js";
import { h } from "./dom.js";
import { many } from "./format.js";
import { choose, copy, empty, icon } from "./ui.js";

const TOPICS = {
  A: "Authentication", C: "Status callbacks", D: "Destinations", F: "Two-factor authentication", G: "Asking for the status",
  H: "HTTP", I: "The IM section", L: "The life of a message, and its route", M: "The SMS section", O: "Sending: the outer level",
  R: "The answer to a send", U: "Ubiquity", W: "The SMS Gateway", Y: "Reply callbacks",
};
const STANDINGS = [["", "Known or chosen"], ["known", "Known"], ["chosen", "Chosen, in part or all"]];
let asked;

/** All rules by their id; they never change while the server runs. */
export const sheet = "requests.css";

export function rulesOf() {
  asked ??= call("GET", "/__admin/rules").then(({ items }) => new Map(items.map((each) => [each.id, each])));
  asked.catch(() => (asked = undefined));
  return asked;
}

/** The text of a rule; what stands between backticks is code. */
export const textOf = (text) => text.split("`").map((part, at) => (at % 2 ? h("code", null, part) : part));

export function open(page) {
  let all, refused, goal;

  return {
    get title() {
      return page.route.id ? `Rule ${page.route.id}` : "Rules";
    },
    listens: ["request", "reset"],
    async load(signal) {
      const id = page.route.id;
      all = await rulesOf();
      const told = all.has(id) ? await page.account.get("/requests", { rule: id, bodies: false, limit: 1, total: true }, { signal }) : undefined;
      refused = told && { id, total: told.total };
    },
    settle() {
      const id = page.route.id;
      if (all && goal !== id) document.getElementById(`rule-${id}`)?.scrollIntoView({ block: "center" });
      if (all) goal = id;
    },
    draw() {
      return h("div", { class: "rules" }, heading(), all && list());
    },
  };

  function heading() {
    return h("header", { class: "bar", key: "bar" },
      h("h1", { tabindex: "-1" }, "Rules", all && h("small", null, many(found().length, "rule"))),
      h("div", { class: "filters", role: "search" },
        h("div", { class: "search" }, icon("search"),
          h("input", { type: "search", placeholder: "Word, id…", "aria-label": "Search rules", value: page.params.get("search") ?? "",
            oninput: ({ currentTarget }) => page.filter({ search: currentTarget.value }) })),
        choose("Standing", page.params.get("standing") ?? "", STANDINGS, (standing) => page.filter({ standing })),
        copy(() => location.href, "Copy link to this view", { iconOnly: true, kind: "plain" })));
  }

  function found() {
    const words = (page.params.get("search") ?? "").toLowerCase().split(/\s+/);
    const standing = page.params.get("standing");
    const stands = (each) => !standing || (standing === "known" ? each.standing === "known" : each.standing.includes("chosen"));
    return [...all.values()].filter((each) => stands(each) && words.every((word) => `${each.id} ${each.text}`.toLowerCase().includes(word)));
  }

  function list() {
    const some = found();
    const unknown = page.route.id && !all.has(page.route.id);
    return [
      unknown && empty(`There is no rule ${page.route.id}`),
      !some.length && empty("No rule is like that", h("p", null, "Other words may find some.")),
      [...Map.groupBy(some, (each) => each.id[0])].map(([letter, each]) => h("section", { key: letter },
        h("h2", null, `${letter} · ${TOPICS[letter] ?? "Others"}`), h("ul", { class: "card" }, each.map(rule)))),
    ];
  }

  function rule(each) {
    const isIt = each.id === page.route.id;
    return h("li", { key: each.id, id: `rule-${each.id}`, class: isIt && "current" },
      h("a", { href: page.item(each.id), "aria-current": isIt ? "true" : null }, each.id),
      h("div", null, h("p", null, textOf(each.text)),
        h("p", { class: "source" }, `${each.standing} · from ${each.source} · since ${each.since} `,
          h("a", { href: page.to("requests", null, { rule: each.id }) },
            `${refused?.id === each.id ? many(refused.total, "request") : "Requests"} refused by ${each.id}`))));
  }
}
