// The callbacks: a board of what is owed, what is tried again, what arrived and what was given up; or one state as a list.

import { h } from "./dom.js";
import { Feed } from "./feed.js";
import { brief, count, dayTime, many, millis, short, span } from "./format.js";
import { Rows } from "./rows.js";
import { underWay } from "./shell.js";
import { button, choose, code, copy, empty, icon, searchBox, status } from "./ui.js";

const STATES = { due: "Due", retrying: "Retrying", delivered: "Delivered", discarded: "Discarded" };
const FILTERS = ["search", "kind", "url", "state"];
const [FIRST, FEW, STEP, MOST] = [12, 4, 30, 192]; // few at first where the columns stand below each other
const MOVES = {
  ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0], Home: [0, -MOST], End: [0, MOST],
};
const SLOW = 250; // milliseconds: a search may look through a hundred thousand callbacks
const LONG = 300;
const MOST_TOLD = 3;

export const sheet = "callbacks.css";

export function open(page) {
  const rows = new Rows(page, async () => (await feed?.more()) && page.redraw());
  let columns, limits, filters, feed, detail, resting, urls = [], rested = 0;
  let active, held; // the card that the Tab key stops at; the one that has the focus

  function choice() {
    filters = Object.fromEntries(FILTERS.map((name) => [name, page.params.get(name)]).filter(([, value]) => value));
    feed = filters.state && new Feed(page.account, "/callbacks", { ...filters, bodies: false }, { place: (it) => Number(it.id), grew: (by) => rows.shift(by), head: FIRST * 2 });
    limits = Object.fromEntries(Object.keys(STATES).map((state) => [state, feed ? 1 : page.isWide ? FIRST : FEW]));
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
    settle() {
      if (feed) rows.settle();
      else if (held && document.activeElement === document.body) linkOf(held)?.focus(); // it went to another column
    },
    end: () => clearTimeout(resting),
    draw() {
      held = document.activeElement.closest(".columns li")?.dataset.id;
      const shown = !page.route.id || feed;
      return h("div", { class: ["split", page.route.id && "has-detail"] },
        shown && h("section", { class: "list", key: "list", "aria-label": "Callbacks" }, heading(), columns && (feed ? feed.total !== null && list() : all())),
        detail && h("section", { class: "detail", key: `detail ${detail.id}`, "aria-label": "The callback" }, detail.draw()));
    },
  };

  /** Where looking takes long, there is four times as long between two looks. */
  async function board(signal) {
    const began = performance.now();
    clearTimeout(resting);
    if (began < rested) return void (resting = setTimeout(() => page.reload(), rested - began));
    const list = feed;
    const [, ...told] = await Promise.all([list?.refresh(rows.visible.filter(Boolean), signal, rows.top > 0),
      ...Object.keys(STATES).map((state) => {
        const order = isOpen({ state }) ? "asc" : "desc"; // the oldest of those to come are about the soonest
        return page.account.get("/callbacks", { ...filters, state, bodies: false, order, limit: limits[state], total: true }, { signal });
      })]);
    columns = Object.fromEntries(Object.keys(STATES).map((state, at) => [state, told[at]]));
    for (const state of ["due", "retrying"]) columns[state].items.sort((one, other) => millis(one.due_at) - millis(other.due_at));
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
        searchBox(page, "Search callbacks", "Job, answer, error…"),
        choose("Kind", filters.kind ?? "", [["", "Any kind"], "report", "reply"], (kind) => page.filter({ kind })),
        choose("URL", filters.url ?? "", [["", "Any URL"], ...known], (url) => page.filter({ url })),
        copy(() => location.href, "Copy link to this view", { iconOnly: true, kind: "plain" }),
        h("a", { class: "button", href: page.to("certify", null, { url: filters.url }) }, icon("check"), "Certify")));
  }

  function all() {
    if (!total()) return nothing();
    const shown = Object.values(columns).flatMap(({ items }) => items);
    if (!shown.some(({ id }) => id === active)) active = shown[0]?.id;
    return h("div", { class: "columns", key: "columns", onkeydown: walk },
      Object.entries(STATES).map(([state, words]) => column(state, words, columns[state])));
  }

  function column(state, words, { items, total: size }) {
    return h("section", { key: state, class: !items.length && "none", "aria-label": words },
      h("h2", null, status(state), h("span", null, count(size))),
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
    const tab = { tabindex: it.id === active ? "0" : "-1" };
    return h("li", { key: it.id, class: `is-${it.state}`, "data-id": it.id, onfocusin: () => came(it.id) },
      h("p", null, h("a", { href: page.item(it.id), ...tab }, `Callback ${it.id}`),
        it.reports !== 1 && h("small", null, what(it)), fault(it)),
      it.statuses.length > 0 && h("p", null, tells(it)),
      h("p", null, about(page, it, tab)),
      h("p", { class: "url", title: it.url }, address(it.url, true)),
      last(it) && h("p", null, dots(it), h("small", { class: "last" }, reason(it))),
      h("p", { class: "when" },
        h("time", { datetime: instant, title: instant }, isToCome ? countdown(page, it) : at(page, it)),
        isToCome && advance(page, it, tab)));
  }

  function came(id) {
    if (active === id) return;
    active = id;
    queueMicrotask(() => page.draw()); // before another key comes
  }

  function list() {
    if (!feed.items.length) return nothing();
    return [
      feed.missed > 0 && h("button", { class: "newer", type: "button", key: "newer", onclick: newest }, "Newer ones have come: show them"),
      rows.view("Callbacks", feed.items, (each) => each.id, (it) => ({
        href: page.item(it.id),
        current: it.id === page.route.id,
        label: [`Callback ${it.id}`, it.state, `${spoken(it)} to ${it.url.slice(0, LONG)}`, last(it) && tried(it)]
          .filter(Boolean).join(", "),
        content: [h("span", { class: "who" }, `${it.id} · ${inShort(it) || what(it)}`),
          h("span", { class: "what" }, fault(it), it.to && `${it.to} · `, address(it.url),
            last(it)?.outcome === "failed" && h("small", null, ` · ${reason(it)}`)),
          last(it) ? dots(it) : h("span"), h("time", null, isOpen(it) ? countdown(page, it)[0] : at(page, it))],
      })),
      feed.evicted > 0 && feed.next === null && h("p", { class: "foot", key: "foot" }, `${many(feed.evicted, "older callback")} evicted, as the account's limits say.`)];
  }

  function newest() {
    rested = 0;
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

/** What the reports tell, with signs: the channel and status of one, how many of each of several. */
const tells = ({ reports, statuses }) => statuses.slice(0, MOST_TOLD).map((each) =>
  h("span", { key: `${each.type} ${each.status} ${each.error_code}` },
    reports > 1 && `${count(each.count)} `, each.type, " ", status(each.status)))
  .concat(statuses.length > MOST_TOLD ? h("small", { key: "more" }, `and ${statuses.length - MOST_TOLD} more`) : []);

/** The same in a line of words. */
const inShort = ({ reports, statuses }) => statuses.slice(0, MOST_TOLD).map((each) =>
  `${reports > 1 ? `${count(each.count)} ` : ""}${each.type} ${each.status}`).join(", ");

const spoken = (it) => [what(it), inShort(it)].filter(Boolean).join(": ") + (it.to ? ` about ${it.to}` : "");

const linkOf = (id) => document.querySelector(`.columns [data-id="${CSS.escape(id)}"] a`);

/** The arrow keys go from card to card; columns without any are passed over. */
function walk(event) {
  const [right, down] = MOVES[event.key] ?? [];
  const card = event.target.closest("li");
  if (!card || right === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const columns = [...event.currentTarget.querySelectorAll("ul")].map((each) => [...each.children]);
  const at = columns.findIndex((each) => each.includes(card));
  const to = columns[at + right] ?? columns[at];
  const place = Math.max(0, Math.min(to.length - 1, columns[at].indexOf(card) + down));
  to[place].querySelector("a").focus();
}

/** Why it is tried again, or was given up. */
export const reason = (it) => it.state === "discarded"
  ? `Given up after ${many(it.attempts.length, "attempt")}, the last: ${answered(last(it))}` : answered(last(it));

/** The last answer or error in a line. */
const answered = ({ error, status: number, answer }) => (error ?? [number, answer].filter(Boolean).join(": ")).slice(0, LONG);

/** The message or the job that it is about. */
const about = (page, { message_id: message, to, api_job_id: job }, more) => message
  ? h("a", { href: page.to("messages", message), title: message, ...more }, "message to ", to ?? short(message, 14))
  : h("a", { href: page.to("messages", null, { api_job_id: job }), title: job, ...more }, "job ", short(job, 14));

/** A URL with its host as what matters. On several lines, a new one begins at a part of it, not within a word. */
export function address(url, onLines) {
  const [, scheme, host, rest] = /^(\w+:\/\/)([^/?#]*)(.*)$/s.exec(url.slice(0, LONG)) ?? [null, "", url, ""];
  const parts = (text) => (onLines ? text.split(/(?=[/?&.])/).map((each) => [h("wbr"), each]) : text);
  return [scheme, h("b", null, parts(host)), parts(rest)];
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

export const advance = (page, { due_at: to }, more) => millis(to) > page.clock.now() &&
  button("Advance to here", () => page.advance({ to }), { sign: "next", iconOnly: true, kind: "plain",
    title: `Advance to here: ${dayTime(millis(to))}`, ...underWay(page, page.advancing?.to === to), ...more });
