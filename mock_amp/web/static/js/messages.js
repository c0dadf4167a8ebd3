// The messages: jobs as rows while nothing is filtered, single messages otherwise; beside them the one that is open.

import { h } from "./dom.js";
import { Feed } from "./feed.js";
import { brief, many, millis, short } from "./format.js";
import { atRest, progress } from "./progress.js";
import { Rows } from "./rows.js";
import {
  button, CHANNELS, choose, copy, empty, icon, outside, problem, searchBox, status, STATUSES, styled,
} from "./ui.js";

const JOBS = { path: "/jobs", place: (job) => Number(job.request_id), idField: "api_job_id" };
const SINGLE = { path: "/messages", place: (message) => message.id.padStart(20, "0") };

export function open(page) {
  const rows = new Rows(page, async () => (await feed?.more()) && page.redraw());
  let feed, job, filters, detail, wrong, welcome, isOld;

  /** Whatever the address names is a filter; one that there is not, the control plane tells. */
  function choice() {
    filters = Object.fromEntries([...page.params.keys()].map((name) => [name, page.params.getAll(name)]));
    delete filters.account;
    const { path, ...how } = Object.keys(filters).length ? SINGLE : JOBS;
    feed = new Feed(page.account, path, filters, { ...how, grew: (by) => rows.shift(by) });
    job = wrong = undefined;
    rows.active = 0;
  }
  choice();
  const details = async (id) => {
    const [{ opened }] = await Promise.all([import("./message.js"), styled("message.css")]);
    return opened(page, id);
  };
  const isJobs = () => feed.path === JOBS.path;

  /** The list anew; filters that make no sense are told in its place, where they can be cleared. */
  async function refreshed(list, signal) {
    try {
      await list.refresh(rows.visible.filter(Boolean), signal, rows.top > 0);
      wrong = undefined;
      if (list.total === 0 && isJobs()) [{ welcome }] = await Promise.all([import("./welcome.js"), styled("send.css")]);
    } catch (error) {
      if (error.status !== 400) throw error;
      wrong = error;
    }
  }

  return {
    get title() {
      return page.route.id ? `Message ${page.route.id}` : "Messages";
    },
    listens: ["request", "status", "callback", "attempt", "reply", "click"],
    changed(before) {
      if (String(before.params) !== String(page.params)) choice();
    },
    renew() {
      feed.renew();
      isOld = true;
    },
    doubt() {
      feed.doubt();
      isOld = true;
    },
    async load(signal) {
      const id = page.route.id;
      if (detail?.id !== id || isOld) detail = id ? await details(id) : undefined;
      isOld = false;
      await Promise.all([
        (page.isWide || !id) && refreshed(feed, signal),
        filters.api_job_id && page.account.get(`/jobs/${encodeURIComponent(filters.api_job_id)}`, {}, { signal })
          .then((found) => (job = found), (error) => { if (error.status !== 404) throw error; }),
        detail?.load(signal),
      ]);
    },
    settle: () => rows.settle(),
    draw() {
      const nothing = feed.total === 0 && isJobs() && !page.route.id;
      return h("div", { class: ["split", page.route.id && "has-detail"] },
        h("section", { class: "list", key: "list", "aria-label": "Messages" }, heading(), job && jobHead(page, job),
          wrong ? h("div", { class: "view" }, problem(wrong)) : nothing ? welcome?.(page) : feed.total !== null && list()),
        detail && h("section", { class: "detail", key: `detail ${detail.id}`, "aria-label": "The message" }, detail.draw()));
    },
  };

  function heading() {
    return h("header", { class: "bar", key: "bar" },
      h("h1", { tabindex: "-1" }, "Messages", feed.total ? h("small", null, isJobs() ? many(feed.total, "send") : many(feed.total, "message")) : null),
      h("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
        searchBox(page, "Search messages", "Number, text, id…"),
        choose("Channel", page.params.get("type") ?? page.params.get("channel") ?? "", [["", "Any channel"], ...CHANNELS],
          (type) => page.filter({ type, channel: "" })),
        choose("Status", page.params.get("status") ?? "", [["", "Any status"], ...STATUSES],
          (value) => page.filter({ status: value })),
        Object.keys(filters).length > 0 && button("Clear", () => page.go(page.to("messages")), { kind: "plain" }),
        copy(() => location.href, "Copy link to this view", { iconOnly: true, kind: "plain" })));
  }

  function list() {
    if (!feed.items.length) return empty("No message is like that", h("p", null, "Other filters may find some."));
    return [
      feed.missed > 0 && h("button", { class: "newer", type: "button", key: "newer", onclick: newest }, `Newer ones have come: show them`),
      rows.view("Messages", feed.items, (each) => each.id, (each) => (isJobs() && each.count > 1 ? jobRow(page, each) : messageRow(page, each.message ?? each))),
      feed.evicted > 0 && feed.next === null && h("p", { class: "foot", key: "foot" }, `${many(feed.evicted, "older message")} evicted, as the account's limits say.`),
    ];
  }

  function newest() {
    feed.renew();
    rows.toTop();
    page.reload();
  }
}

/** Whether only the platform has a message so far: it goes to the first of its channels next. */
export const isFresh = (it) => it.type === "INTERNAL" && it.status === "ACCEPTD";

/** The channel of a message, and before it, outlined, the one that failed; of a fresh one that which it goes to. */
function onItsWay(it) {
  const failed = it.route.findLast((each) => each.verdict === "failed" && each.channel !== it.type)?.channel;
  const [outlined, words] = isFresh(it)
    ? [it.channels[0], `${it.type}, ${it.channels[0]} first,`]
    : [failed, failed ? `${it.type} after ${failed}` : it.type];
  return [words, h("span", { class: ["channel", `on-${it.type}`], title: words },
    outlined && h("i", { class: ["outlined", failed && "failed"], "aria-hidden": "true" }, outlined[0]),
    !isFresh(it) && h("i", { key: "now", "aria-hidden": "true" }, it.type[0]), h("span", { class: "quiet" }, words))];
}

function messageRow(page, it) {
  const now = page.clock.now();
  const text = it.text ?? "";
  const [on, sign] = onItsWay(it);
  return {
    href: page.item(it.id),
    current: it.id === page.route.id,
    label: `${on} to ${it.to}, ${it.status}: ${text.slice(0, 120)}`,
    content: [sign, h("span", { class: "who" }, it.to), h("span", { class: "what" }, text), status(it.status),
      h("time", { datetime: it.accepted_at }, brief(millis(it.accepted_at), now))],
  };
}

function jobRow(page, it) {
  return {
    href: page.to("messages", null, { api_job_id: it.api_job_id }),
    label: `A job of ${many(it.count, "message")}, ${atRest(it)}: ${it.text ?? ""}`,
    content: [h("span", { class: "channel of-job" }, icon("stack")), h("span", { class: "who" }, many(it.count, "message")),
      h("span", { class: "what" }, it.text ?? ""), progress(it), h("time", { datetime: it.accepted_at }, brief(millis(it.accepted_at), page.clock.now()))],
  };
}

function jobHead(page, it) {
  return h("div", { class: "job", key: "job" },
    h("div", { class: "job-facts" }, h("strong", null, many(it.count, "message")), h("span", null, "job ", h("code", { title: it.api_job_id }, short(it.api_job_id))),
      it.client_job_id && h("span", null, "yours ", h("code", null, it.client_job_id)),
      it.callback_url && h("span", null, "reports to ", outside(it.callback_url)),
      h("a", { href: page.to("requests", it.request_id) }, "the request")),
    progress(it, (each) => page.filter({ status: each.status, type: each.type })));
}
