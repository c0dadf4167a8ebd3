// The callbacks: a board of what is owed, what is tried again, what arrived and what was given up; or one state as a list.

import { h } from "./dom.js";
import { Feed } from "./feed.js";
import { brief, count, dayTime, many, millis, short, span } from "./format.js";
import { Rows } from "./rows.js";
import { underWay } from "./shell.js";
import { button, choose, code, copy, empty, icon, status } from "./ui.js";

const STATES = { due: "Due", retrying: "Retrying", delivered: "Delivered", discarded: "Discarded" };
const FILTERS = ["search", "kind", "url", "state"];
const [FIRST, STEP, MOST] = [12, 30, 192];
const SLOW = 250; // milliseconds: a search may look through a hundred thousand callbacks
const LONG = 300;

export const sheet = "callbacks.css";

export function open(page) {
  const rows = new Rows(() => page.redraw(), async () => (await feed?.more()) && page.redraw());
  let columns, limits, filters, feed, detail, typing, resting, urls = [], rested = 0;

  function choice() {
    filters = Object.fromEntries(FILTERS.map((name) => [name, page.params.get(name)]).filter(([, value]) => value));
    feed = filters.state && new Feed(page.account, "/callbacks", { ...filters, bodies: false }, { place: (it) => Number(it.id), head: FIRST * 2 });
    limits = Object.fromEntries(Object.keys(STATES).map((state) => [state, feed ? 1 : FIRST]));
    rows.active = rested = 0;
  }
  choice();

  return {
    get title() {
      return page.route.id ? `Callback ${page.route.id}` : "Callbacks";
    },
    listens: ["callback", "attempt"],
    changed(before) {
      if (FILTERS.some((name) => before.params.get(name) !== page.params.get(name))) choice();
    },
    renew: choice,
    async load(signal) {
      const id = page.route.id;
      if (detail?.id !== id) detail = id ? (await import("./callback.js")).opened(page, id) : undefined;
      await Promise.all([detail?.load(signal), (!id || (feed && page.isWide)) && board(signal)]);
    },
    settle: () => feed && rows.settle(),
    end: () => [typing, resting].forEach(clearTimeout),
    draw() {
      const shown = !page.route.id || feed;
      return h("div", { class: ["split", page.route.id && "has-detail"] },
        shown && h("section", { class: "list", key: "list", "aria-label": "Callbacks" }, heading(), columns && (feed ? list() : all())),
        detail && h("section", { class: "detail", key: `detail ${detail.id}`, "aria-label": "The callback" }, detail.draw()));
    },
  };

  /** Where looking takes long, there is four times as long between two looks. */
  async function board(signal) {
    const began = performance.now();
    clearTimeout(resting);
    if (began < rested) return void (resting = setTimeout(() => page.reload(), rested - began));
    const list = feed;
    const [came, ...told] = await Promise.all([list ? list.refresh(rows.visible.filter(Boolean), signal, rows.top > 0) : 0,
      ...Object.keys(STATES).map((state) => {
        const order = isOpen({ state }) ? "asc" : "desc"; // the oldest of those to come are about the soonest
        return page.account.get("/callbacks", { ...filters, state, bodies: false, order, limit: limits[state], total: true }, { signal });
      })]);
    columns = Object.fromEntries(Object.keys(STATES).map((state, at) => [state, told[at]]));
    for (const state of ["due", "retrying"]) columns[state].items.sort((one, other) => millis(one.due_at) - millis(other.due_at));
    if (came > 0) rows.shift(came);
    urls = [...new Set([...urls, ...told.flatMap(({ items }) => items.map(({ url }) => url))])].slice(0, 50);
    const took = performance.now() - began;
    rested = took > SLOW ? performance.now() + 4 * took : 0;
  }

  function inState(state) {
    return page.to("callbacks", null, { ...filters, state });
  }

  function total() {
    return Object.values(columns).reduce((sum, each) => sum + each.total, 0);
  }

  function heading() {
    const current = (state) => (filters.state === state ? "page" : null);
    const tab = (state, words, size) => h("a", { key: words, href: inState(state), "aria-current": current(state) },
      words, size > 0 && h("small", null, count(size)));
    const known = [...new Set([...urls, filters.url])].filter(Boolean).map((each) => [each, short(each, 50)]);
    return h("header", { class: "bar", key: "bar" },
      h("h1", { tabindex: "-1" }, "Callbacks"),
      h("nav", { class: "tabs", "aria-label": "States" }, tab(undefined, "Board"),
        Object.entries(STATES).map(([state, words]) => tab(state, words, columns?.[state].total))),
      h("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
        h("div", { class: "search" }, icon("search"), h("input", {
          type: "search", placeholder: "Job, answer, error…", "aria-label": "Search callbacks", value: filters.search ?? "", oninput: typed })),
        choose("Kind", filters.kind ?? "", [["", "Any kind"], "report", "reply"], (kind) => page.filter({ kind })),
        choose("URL", filters.url ?? "", [["", "Any URL"], ...known], (url) => page.filter({ url })),
        copy(() => location.href, "Copy link to this view", { iconOnly: true, kind: "plain" }),
        h("a", { class: "button", href: page.to("certify", null, { url: filters.url }) }, icon("check"), "Certify")));
  }

  function typed({ currentTarget }) {
    clearTimeout(typing);
    typing = setTimeout(() => page.filter({ search: currentTarget.value.trim() }), 200);
  }

  function all() {
    if (!total()) return nothing();
    return h("div", { class: "columns", key: "columns" }, Object.entries(STATES).map(([state, words]) => column(state, words, columns[state])));
  }

  function column(state, words, { items, total: size }) {
    return h("section", { key: state, "aria-label": words }, h("h2", null, status(state), h("span", null, count(size))),
      items.length ? h("ul", { role: "list" }, items.map(owed)) : h("small", null, "None"),
      items.length < size && (items.length < MOST ? button("Show more", () => more(state))
        : h("a", { class: "button", href: inState(state) }, `All ${count(size)} in a list`)));
  }

  function more(state) {
    limits[state] = Math.min(MOST, limits[state] + STEP);
    rested = 0;
    page.reload();
  }

  function owed(it) {
    const isToCome = isOpen(it);
    const instant = isToCome ? it.due_at : last(it)?.at;
    return h("li", { key: it.id, class: `is-${it.state}` },
      h("p", null, h("a", { href: page.item(it.id) }, `Callback ${it.id}`), h("small", null, what(it)), fault(it)),
      h("p", { class: "url", title: it.url }, address(it.url)),
      h("p", null, about(page, it)),
      last(it) && h("p", null, dots(it), h("small", { class: "last" }, answered(last(it)))),
      h("p", { class: "when" }, h("time", { datetime: instant, title: instant }, isToCome ? countdown(page, it) : at(page, it)), isToCome && advance(page, it)));
  }

  function list() {
    if (!feed.items.length) return nothing();
    return [
      feed.missed > 0 && h("button", { class: "newer", type: "button", key: "newer", onclick: newest }, "Newer ones have come: show them"),
      rows.view("Callbacks", feed.items, (each) => each.id, (it) => ({
        href: page.item(it.id),
        current: it.id === page.route.id,
        label: `Callback ${it.id}, ${it.state}, ${what(it)} to ${it.url.slice(0, LONG)}${last(it) ? `, ${tried(it)}` : ""}`,
        content: [h("span", { class: "who" }, `${it.id} · ${what(it)}`),
          h("span", { class: "what" }, fault(it), address(it.url), last(it)?.outcome === "failed" && h("small", null, ` · ${answered(last(it))}`)),
          last(it) ? dots(it) : h("span"), h("time", null, isOpen(it) ? countdown(page, it)[0] : at(page, it))],
      })),
      feed.evicted > 0 && feed.next === null && h("p", { class: "foot", key: "foot" }, `${many(feed.evicted, "older callback")} evicted, as the account's limits say.`)];
  }

  function newest() {
    feed.renew();
    rows.toTop();
    page.reload();
  }

  function nothing() {
    if (Object.keys(filters).length) return empty("No callback is like that", h("p", null, "Another state or other filters may find some."));
    const { evicted } = columns.due;
    if (evicted) return empty("Nothing is owed any more", h("p", null, `${many(evicted, "callback")} evicted, as the account's limits say.`));
    return empty("Nothing is owed",
      h("p", null, "No request had a callback_url. Give one with a ", h("a", { href: page.to("send") }, "send"), ", and each status of its messages is posted there:"),
      code('"callback_url": "http://127.0.0.1:9000/reports"', "The key to add"),
      h("p", null, "Whether what listens there does it right, ", h("a", { href: page.to("certify") }, "certify tells"), "."));
  }
}

const isOpen = ({ state }) => state === "due" || state === "retrying";
const last = (it) => it.attempts.at(-1);
const at = (page, it) => last(it) && brief(millis(last(it).at), page.clock.now());
const what = (it) => (it.kind === "reply" ? "reply" : many(it.reports, "report"));
const words = (one) => `${one.outcome}${one.status ? ` ${one.status}` : ""}${one.injected ? `, a fault: ${one.injected}` : ""}`;
const tried = (it) => `${many(it.attempts.length, "attempt")}: ${it.attempts.slice(-8).map(words).join("; ")}`;

/** The last answer or error in a line. */
const answered = ({ error, status: number, answer }) => (error ?? [number, answer].filter(Boolean).join(": ")).slice(0, LONG);

/** The message or the job that it is about. */
const about = (page, { message_id: message, api_job_id: job }) => message
  ? h("a", { href: page.to("messages", message), title: message }, "message ", short(message, 14))
  : h("a", { href: page.to("messages", null, { api_job_id: job }), title: job }, "job ", short(job, 14));

/** A URL with its host as what matters. */
export function address(url) {
  const [, scheme, host, rest] = /^(\w+:\/\/)([^/?#]*)(.*)$/s.exec(url.slice(0, LONG)) ?? [null, "", url, ""];
  return [scheme, h("b", null, host), rest];
}

const dots = (it) => h("span", { class: "dots", role: "img", "aria-label": tried(it) }, it.attempts.slice(-8).map((one) =>
  h("i", { key: one.number, class: `is-${one.outcome}`, title: `Attempt ${one.number}: ${words(one)}` }, icon(one.outcome === "delivered" ? "check" : "cross"))));

const fault = ({ injected, attempts }) => (injected || attempts.some((one) => one.injected)) &&
  h("small", { class: "is-retrying", title: `The scenario's ${injected?.rule ?? "fault"}` }, icon("scenario"), "injected");

/** How long until it is tried, by the account's clock. */
export function countdown(page, { due_at: due }) {
  const left = millis(due) - page.clock.now();
  if (left <= 0) return ["due now"];
  return page.clock.mode === "frozen" ? [`in ${span(left)}`, h("small", null, ", when the clock moves")] : [`in ${span(Math.ceil(left / 1_000) * 1_000)}`];
}

export const advance = (page, { due_at: to }) => millis(to) > page.clock.now() &&
  button("Advance to it", () => page.advance({ to }), { sign: "next", iconOnly: true, kind: "plain", title: `Advance to it: ${dayTime(millis(to))}`, ...underWay(page, page.advancing?.to === to) });
