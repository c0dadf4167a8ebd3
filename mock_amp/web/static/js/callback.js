// One callback: where it goes, what is in it, every attempt with its answer, and what can be done with it.

import { address, advance, countdown, reason } from "./callbacks.js";
import { curl } from "./curl.js";
import { h } from "./dom.js";
import { clockTime, count, dayTime, many, millis, short, span } from "./format.js";
import { attempt, button, card, channel, code, copy, facts, icon, outside, problem, status } from "./ui.js";

const LISTED = 20;
const SHOWN = 20_000; // characters of a body

/** Those of a message alone name the headers that are posted; it may have been evicted. */
const gone = (error) => {
  if (![404, 410].includes(error.status)) throw error;
};

export function opened(page, id) {
  const path = `/callbacks/${encodeURIComponent(id)}`;
  let it, body, reports, headers, trouble, whole = false;

  return {
    id,
    async load(signal) {
      const get = (at) => page.account.get(at, {}, { signal });
      try {
        it = await get(path);
      } catch (error) {
        if (![400, 404, 410].includes(error.status)) throw error;
        trouble = error;
        return;
      }
      trouble = undefined;
      body = JSON.stringify(it.body, null, 2);
      reports = [it.body.data ?? it.body].flat();
      headers ??= reports[0]?.message_id && (await get(`/messages/${reports[0].message_id}`).catch(gone))?.callback_headers;
    },
    draw: () => [heading(), trouble ? problem(trouble) : it && [summary(), tries(), about(), posted()]],
  };

  function heading() {
    return h("header", { class: "bar-head", key: "head" },
      h("a", { class: "button plain square", href: page.item(null), "aria-label": "Back to the callbacks", title: "Back to the callbacks" }, icon("back")),
      h("h1", { tabindex: "-1" }, `Callback ${id}`), it && status(it.state));
  }

  function summary() {
    const isToCome = ["due", "retrying"].includes(it.state);
    const certify = it.kind === "reply" ? { reply_url: it.url } : { url: it.url };
    return card(it.kind === "reply" ? "A reply" : many(reports.length, "report"), [
      button("Post again", again, { sign: "again", title: "One more attempt, now" }),
      h("a", { class: "button", href: page.to("certify", null, certify) }, icon("check"), "Certify this URL"),
    ], facts(["Posted to", outside(it.url, address(it.url, true))],
      it.state === "discarded" && ["Why discarded", reason(it)],
      isToCome && ["Due", when(it.due_at)], isToCome && ["Next attempt", [h("b", { class: "until" }, countdown(page, it)), advance(page, it)]],
      ["Job", it.body.api_job_id && h("a", { class: "mono", href: page.to("messages", null, { api_job_id: it.body.api_job_id }) }, it.body.api_job_id)],
      ["Your job_id", it.body.client_job_id && h("code", null, it.body.client_job_id)],
      ["Fault of the scenario", it.injected && [it.injected.rule, ": ", h("code", null, JSON.stringify(it.injected.faults))]]));
  }

  async function again() {
    if (await attempt(() => page.account.post(`${path}/resend`), "It is posted again")) page.reload();
  }

  /** An instant with its day, by whichever clock. */
  function when(at) {
    return h("time", { datetime: at, title: at }, `${dayTime(millis(at)).slice(0, 10)} ${clockTime(millis(at))}`);
  }

  function tries() {
    return card("Attempts", null, it.attempts.length ? h("ol", { class: "tries" }, it.attempts.map((one) =>
      h("li", { key: one.number, class: `is-${one.outcome}` },
        h("h3", null, `Attempt ${one.number}`, status(one.outcome), one.status && h("b", null, one.status)),
        one.error && h("p", null, one.error),
        facts(["On the account's clock", when(one.at)], ["By the real clock", when(one.real_at)], ["Took", span(millis(one.real_ended_at) - millis(one.real_at))],
          ["Fault of the scenario", one.injected], ["req_uuid", one.req_uuid && h("code", null, one.req_uuid)]),
        one.answer && code(one.answer, `The answer to attempt ${one.number}`)))) : h("p", null, "None yet."));
  }

  function about() {
    return card("About", null, h("ul", { class: "about" }, reports.slice(0, LISTED).map((each, at) =>
      h("li", { key: at }, each.type && channel(String(each.type)), each.status && status(each.status),
        each.message_id && h("a", { class: "mono", href: page.to("messages", each.message_id) }, short(each.message_id, 30)), each.to && h("span", null, each.to)))),
      reports.length > LISTED && h("small", null, `And ${many(reports.length - LISTED, "more", "more")}, in the body below.`));
  }

  function posted() {
    return card("What is posted", [copy(body, "Copy body"), copy(() => curl("", { method: "POST", path: it.url, body: JSON.stringify(it.body) }), "Copy as curl")],
      headers && facts(...Object.entries(headers).map(([name, value]) => [name, h("code", null, value)])), code(whole ? body : body.slice(0, SHOWN), "The body"),
      !whole && body.length > SHOWN && h("div", null, button(`Show all ${count(body.length)} characters`, () => { whole = true; page.redraw(); })));
  }
}
