// What became of a message: what happened and what is to come, the route it took, and what was posted about it.

import { h } from "./dom.js";
import { clockTime, dayTime, many, millis, span } from "./format.js";
import { button, channel, code, copy, facts, outside, status, styled } from "./ui.js";

const SHORT = 300;
const REST = ["delivered", "discarded"];

/** Long texts on lines; each is laid out once, and only what is asked for is drawn. */
export class Texts {
  constructor(redraw) {
    Object.assign(this, { redraw, known: new Map(), unfolded: new Set() });
  }

  view(key, text) {
    if (text.length < SHORT) return code(text);
    if (!this.marked) return this.bring();
    if (this.known.get(key)?.text !== text) this.known.set(key, { text, lines: this.marked(text, [], this.redraw) });
    return this.known.get(key).lines.view();
  }

  /** What lays a body out comes with the first one that is looked at; style sheet and all. */
  bring() {
    this.coming ??= Promise.all([import("./marked.js"), styled("requests.css")]).then(([{ marked }]) => {
      this.marked = marked;
      this.redraw();
    });
  }

  /** What is folded away; `draw` says what is in it once somebody unfolds it. */
  fold(key, summary, draw) {
    const turned = ({ currentTarget }) => {
      if (currentTarget.open === this.unfolded.has(key)) return;
      currentTarget.open ? this.unfolded.add(key) : this.unfolded.delete(key);
      this.redraw();
    };
    return h("details", { key, ontoggle: turned }, h("summary", null, summary), h("div", null, this.unfolded.has(key) && draw()));
  }
}

/** An instant on the account's clock, with its day where that is another one. */
function when(page, at) {
  const [day, today] = [millis(at), page.clock.now()].map((each) => dayTime(each).slice(0, 10));
  return h("time", { datetime: at, title: at }, day === today ? "" : `${day} `, clockTime(millis(at)));
}

const byTime = (one, other) => millis(one.at) - millis(other.at);

/** What happened, with the time since what was before, and what is to come, with the way there. */
export function timeline(page, it) {
  const did = (all, what) => all.map((each) => ({ ...each, did: what }));
  const past = [...it.timeline, ...did(it.replies, "Replied"), ...did(it.clicks, "Clicked")].sort(byTime);
  const next = it.ahead.flatMap((each) => [each, ...(each.then ?? [])]).sort(byTime);
  const left = (at) => millis(at) - page.clock.now();
  return h("ol", { class: "timeline" },
    past.map((each, at) => h("li", { key: at, class: `is-${each.status}` },
      h("div", null, what(each)),
      h("div", null, when(page, each.at), at > 0 && h("small", null, `+${span(byTime(each, past[at - 1]))}`)))),
    next.map((each, at) => h("li", { key: `next ${at}`, class: "to-come" },
      h("div", null, what(each), h("small", null, each.why)),
      h("div", null, when(page, each.at), h("small", null, left(each.at) > 0 ? `in ${span(left(each.at))}` : "now")),
      button("Advance to it", () => page.advance({ to: each.at }), { sign: "next", iconOnly: true, kind: "plain" }))));
}

function what(each) {
  if (each.status) return [status(each.status), channel(each.type), each.error_code > 0 && h("small", null, `error ${each.error_code}`)];
  if (each.did) return [h("strong", null, each.did), h("small", { dir: "auto" }, (each.text ?? each.title ?? "").slice(0, 100))];
  return h("strong", null, each.kind === "act" ? `Handset: ${each.act}` : `Callback ${each.callback_id}, attempt ${each.attempt}`);
}

/** Each channel with its verdict and why; those that are left out for the same reason are told together. */
export function route(it) {
  const stops = Map.groupBy(it.route, (each) => (each.verdict === "left out" ? each.why : each.channel));
  return h("ol", { class: "route" }, [...stops].map(([key, all]) => h("li", { key },
    h("div", null, all.map((each) => channel(each.channel)), status(all[0].verdict)), h("small", null, all[0].why))));
}

/** Every callback about the message, folded, with its attempts. */
export function callbacks(page, it, texts, resend) {
  if (!it.callbacks.length) return h("small", null, "Nothing is posted about it so far. Reports go to the callback_url of the request.");
  return h("div", { class: "posted" }, it.callbacks.map((each) => callback(page, it, texts, each, resend)));
}

function callback(page, it, texts, each, resend) {
  const about = [each.body.data ?? each.body].flat().find((report) => report.message_id === it.id);
  const left = millis(each.due_at) - page.clock.now();
  const tries = each.attempts.length;
  const isOpen = !REST.includes(each.state);
  const summary = [status(each.state), h("strong", null, about?.status ? `${about.type ?? ""} ${about.status}` : each.kind),
    h("small", null, isOpen ? `attempt ${tries + 1} ${left > 0 ? `in ${span(left)}` : "now"}` : many(tries, "attempt"))];
  const body = () => JSON.stringify(each.body, null, 2);
  return texts.fold(`callback ${each.id}`, summary, () => [
    facts(["Posted to", outside(each.url)], isOpen && ["Due", when(page, each.due_at)], fault(each.injected)),
    h("div", { class: "actions" }, button("Resend", () => resend(each), { sign: "again", title: "Post it again, now" }), copy(body, "Copy body")),
    h("ol", { class: "attempts" }, each.attempts.map((one) => attempt(page, texts, each, one))),
    texts.view(`body ${each.id}`, body())]);
}

const attempt = (page, texts, each, one) =>
  h("li", { key: one.number },
    h("div", null, h("strong", null, `Attempt ${one.number}`), status(one.outcome), one.status && h("span", null, one.status), when(page, one.at),
      h("small", { title: `${one.real_at} to ${one.real_ended_at}` }, `took ${span(millis(one.real_ended_at) - millis(one.real_at))}`)),
    one.error && h("p", null, one.error), facts(fault(one.injected), one.req_uuid && ["req_uuid", h("code", null, one.req_uuid)]),
    one.answer && texts.view(`answer ${each.id} ${one.number}`, one.answer));

const fault = (it) => it && ["Fault of the scenario", typeof it === "string" ? it : `${it.rule}: ${JSON.stringify(it.faults)}`];
