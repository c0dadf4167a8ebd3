// The rules of the wire contract: all of them, or what one says.

import { rulesOf, textOf } from "./contract.js";
import { h } from "./dom.js";
import { many } from "./format.js";
import { choose, copy, empty, facts, icon } from "./ui.js";

const TOPICS = {
  A: "Authentication", C: "Status callbacks", D: "Destinations", F: "Two-factor authentication", G: "Asking for the status",
  H: "HTTP", I: "The IM section", L: "The life of a message, and its route", M: "The SMS section", O: "Sending: the outer level",
  R: "The answer to a send", U: "Ubiquity", W: "The SMS Gateway", Y: "Reply callbacks",
};
const SOURCES = {
  V: ["real server", "what the real server answered, and what the vendor's changelog says; trusted most"],
  S0: ["AMP API", "the vendor's document \"AMP API\" 1.3.2; a number behind it is its section"],
  S1: ["IM Gateway requests", "the vendor's older document on them"],
  S2: ["IM Gateway callbacks", "the vendor's older document on them"],
  S3: ["2FA callbacks", "the vendor's document on them"],
  S4: ["SMS Gateway", "the vendor's document on its requests"],
  P: ["vendor's pages", "the other pages that are public"],
  C: ["clients", "what clients in use send and count on"],
  X: ["our choice", "nobody outside knows; such a part of a text is marked (X)"],
  ours: ["emulator alone", "the real service has nothing like it"],
};
const MEANS = {
  known: "outside sources say all of it, so you may rely on it",
  chosen: "no source says it, so we had to decide; the real service may differ",
  "known, partly chosen": "the parts that are from our choice may differ, the rest is known",
};
const STANDINGS = [["", "Known or chosen"], ["known", "Known"], ["chosen", "Chosen, in part or all"]];
export const sheet = "rules.css";

/** Where a rule is from, its letters in words: "S0 6.1, X" is "AMP API 6.1, our choice". */
const inWords = (source) => source.replace(/\b(S[0-4]|[VPCX]|ours)\b/g, (letter) => SOURCES[letter][0]);

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
      if (!all || goal === id) return;
      goal = id;
      const node = document.getElementById(`rule-${id}`);
      node?.scrollIntoView({ block: "center" });
      if (document.activeElement?.matches("body, h1, nav a") || node?.contains(document.activeElement)) {
        node?.focus({ preventScroll: true }); // whoever came for it goes on from there
      }
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

  function legend() {
    return h("details", { key: "legend", class: "sources" }, h("summary", null, "What sources and standings mean"),
      facts(...Object.values(SOURCES).map(([name, means]) => [`from ${name}`, means]), ...Object.entries(MEANS)));
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
      legend(),
      unknown && empty(`There is no rule ${page.route.id}`),
      !some.length && empty("No rule is like that", h("p", null, "Other words may find some.")),
      [...Map.groupBy(some, (each) => each.id[0])].map(([letter, each]) => h("section", { key: letter },
        h("h2", null, `${letter} · ${TOPICS[letter] ?? "Others"}`), h("ul", { class: "card" }, each.map(rule)))),
    ];
  }

  function rule(each) {
    const isIt = each.id === page.route.id;
    return h("li", { key: each.id, id: `rule-${each.id}`, class: isIt && "current", tabindex: isIt ? "-1" : null },
      h("a", { href: page.item(each.id), "aria-current": isIt ? "true" : null }, each.id),
      h("div", null, h("p", null, textOf(each.text)),
        h("p", { class: "source" }, h("span", { title: MEANS[each.standing] }, each.standing),
          ` · from ${inWords(each.source)} · since ${each.since} `,
          h("a", { href: page.to("requests", null, { rule: each.id }) },
            `${refused?.id === each.id ? many(refused.total, "request") : "Requests"} refused by ${each.id}`))));
  }
}
