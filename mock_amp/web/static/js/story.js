// What became of a message: what happened and what is to come, the route it took, and what was posted about it.

import { h } from "./dom.js";
import { clockTime, dayTime, many, millis, span } from "./format.js";
import { button, channel, code, meaning, status, styled } from "./ui.js";

const SHORT = 300;

/** Whether more attempts of a callback are to come. */
export const isOpen = (callback) => !["delivered", "discarded"].includes(callback.state);

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

  /** What lays things out comes with the first that is looked at; style sheet and all. */
  bring() {
    const all = [import("./marked.js"), import("./posted.js"), styled("requests.css")];
    this.coming ??= Promise.all(all).then(([{ marked }, { posted }]) => {
      Object.assign(this, { marked, posted });
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
    const open = this.unfolded.has(key);
    return h("details", { key, open, ontoggle: turned }, h("summary", null, summary), h("div", null, open && draw()));
  }
}

/** An instant on the account's clock, with its day where that is another one. */
export function when(page, at) {
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
      button("Advance to here", () => page.advance({ to: each.at }),
        { sign: "next", iconOnly: true, kind: "plain" }))));
}

/** Why something failed, as far as that is known: the code says no more than that. */
export const failure = (it) => it.error_code > 0 &&
  h("small", { title: "The scenario chooses the code; the vendor's list of codes is not public." },
    `${meaning(it.status)}, error ${it.error_code}`);

function what(each) {
  if (each.status) return [status(each.status), channel(each.type), failure(each)];
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
export function callbacks(page, it, texts, postAgain) {
  if (!it.callbacks.length) return h("small", null, "Nothing is posted about it so far. Reports go to the callback_url of the request.");
  return h("div", { class: "posted" }, it.callbacks.map((each) => callback(page, it, texts, each, postAgain)));
}

function callback(page, it, texts, each, postAgain) {
  const about = [each.body.data ?? each.body].flat().find((report) => report.message_id === it.id);
  const left = millis(each.due_at) - page.clock.now();
  const tries = each.attempts.length;
  const next = `attempt ${tries + 1} ${left > 0 ? `in ${span(left)}` : "now"}`;
  const summary = [status(each.state), h("strong", null, about?.status ? `${about.type ?? ""} ${about.status}` : each.kind),
    h("small", null, isOpen(each) ? next : many(tries, "attempt"))];
  const draw = () => texts.posted?.(page, texts, each, postAgain) ?? texts.bring();
  return texts.fold(`callback ${each.id}`, summary, draw);
}
