// The requests: everything that came in, newest first; beside the list the one that is open.

import { httpStatus, REFUSED, rulesOf, STATUSES } from "./contract.js";
import { h } from "./dom.js";
import { Feed } from "./feed.js";
import { brief, many, millis, short } from "./format.js";
import { Rows } from "./rows.js";
import { button, choose, copy, empty, icon, searchBox } from "./ui.js";

const FILTERS = ["search", "status", "rule", "method", "path", "api_job_id"];
const CLASSES = { refused: REFUSED, "4xx": REFUSED.filter((each) => each < 500), "5xx": REFUSED.filter((each) => each >= 500) };
const CHOICES = [["", "Any status"], ["refused", "Refused only"], ["4xx", "4xx: not right"], ["5xx", "5xx: faults"],
  ...STATUSES.map(([number, words]) => [number, `${number} ${words}`])];

export const sheet = "requests.css";

export function open(page) {
  const rows = new Rows(page, async () => (await feed?.more()) && page.redraw());
  let feed, filters, detail, isOld, rules = [];

  function choice() {
    filters = Object.fromEntries(FILTERS.map((name) => [name, page.params.get(name)]).filter(([, value]) => value));
    const status = Object.hasOwn(CLASSES, filters.status) ? CLASSES[filters.status] : filters.status;
    feed = new Feed(page.account, "/requests", { ...filters, status, bodies: false }, { place: (request) => Number(request.id), grew: (by) => rows.shift(by) });
    rows.active = 0;
  }
  choice();

  return {
    get title() {
      return page.route.id ? `Request ${page.route.id}` : "Requests";
    },
    listens: ["request"],
    changed(before) {
      if (FILTERS.some((name) => before.params.get(name) !== page.params.get(name))) choice();
    },
    doubt() {
      feed.doubt();
      isOld = true;
    },
    renew() {
      feed.renew();
      isOld = true;
    },
    async load(signal) {
      const id = page.route.id;
      if (detail?.id !== id || isOld) {
        isOld = false;
        detail = id ? (await import("./request.js")).opened(page, id) : undefined;
      }
      const list = feed;
      rulesOf().then((found) => ((rules = [...found.keys()]), page.redraw()), () => {}); // without them there is no choice
      await Promise.all([(page.isWide || !id) && list.refresh([], signal, rows.top > 0), detail?.load(signal)]);
    },
    settle: () => rows.settle(),
    draw() {
      return h("div", { class: ["split", page.route.id && "has-detail"] },
        h("section", { class: "list", key: "list", "aria-label": "Requests" }, heading(), feed.total === null ? null : list()),
        detail && h("section", { class: "detail", key: `detail ${detail.id}`, "aria-label": "The request" }, detail.draw()));
    },
  };

  function heading() {
    const ids = filters.rule && !rules.includes(filters.rule) ? [filters.rule, ...rules] : rules;
    return h("header", { class: "bar", key: "bar" },
      h("h1", { tabindex: "-1" }, "Requests", feed.total ? h("small", null, many(feed.total, "request")) : null),
      h("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
        searchBox(page, "Search requests", "Path, reason, body…"),
        choose("Method", filters.method ?? "", [["", "Any method"], ...new Set(["GET", "POST", filters.method ?? "GET"])], (method) => page.filter({ method })),
        choose("Status", filters.status ?? "", CHOICES, (status) => page.filter({ status })),
        ids.length > 0 && choose("Rule", filters.rule ?? "", [["", "Any rule"], ...ids], (rule) => page.filter({ rule })),
        ["path", "api_job_id"].map((name) => filters[name] &&
          button(`${name} ${short(filters[name], 40)}`, () => page.filter({ [name]: "" }), { key: name, sign: "cross", title: "Without this filter" })),
        Object.keys(filters).length > 0 && button("Clear", () => page.go(page.to("requests")), { kind: "plain" }),
        copy(() => location.href, "Copy link to this view", { iconOnly: true, kind: "plain" })));
  }

  function list() {
    const isFiltered = Object.keys(filters).length > 0;
    if (!feed.items.length && isFiltered) return empty("No request is like that", h("p", null, "Other filters may find some."));
    if (!feed.items.length) return empty("No request has come in yet",
      h("p", null, "Point your application at this server, or ", h("a", { href: page.to("send") }, "send something from here"), "."));
    return [
      feed.missed > 0 && h("button", { class: "newer", type: "button", key: "newer", onclick: newest }, "Newer ones have come: show them"),
      rows.view("Requests", feed.items, (each) => each.id, row),
      feed.evicted > 0 && feed.next === null &&
        h("p", { class: "foot", key: "foot" }, `${many(feed.evicted, "older request")} evicted, as the account's limits say.`),
    ];
  }

  function newest() {
    feed.renew();
    rows.toTop();
    page.reload();
  }

  function row(it) {
    const reason = (it.reason ?? "").replace(/^[^:]*: (?:Validation error.*?Reason\/s: )?/, "").slice(0, 300);
    const warnings = it.warnings.length > 0 && many(it.warnings.length, "warning");
    return {
      href: page.item(it.id),
      current: it.id === page.route.id,
      label: [`${it.method} ${it.path.slice(0, 200)}`, it.status, it.rule, reason, it.injected && "a fault was injected", warnings].filter(Boolean).join(", "),
      content: [httpStatus(it.status), h("span", { class: "who" }, h("small", null, it.method), " ", it.path.slice(0, 300)),
        h("span", { class: "what" },
          warnings && h("span", { class: "is-EXPIRED", title: it.warnings.map((each) => each.text).join("\n").slice(0, 1_000) }, icon("warning"), warnings),
          it.injected && h("span", { class: "is-EXPIRED", title: `The scenario's ${it.injected.rule}` }, icon("scenario"), "injected"),
          it.rule ? [h("b", null, it.rule), " ", reason] : it.beginning),
        h("time", { datetime: it.at }, brief(millis(it.at), page.clock.now()))],
    };
  }
}
