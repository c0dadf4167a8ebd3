// A callback about a message, unfolded: where it goes, its attempts and its body.

import { h } from "./dom.js";
import { millis, span } from "./format.js";
import { isOpen, when } from "./story.js";
import { button, code, copy, facts, outside, status } from "./ui.js";

/** What there is to know of a callback; its texts are laid out by `texts`. */
export function posted(page, texts, each, postAgain) {
  const body = () => JSON.stringify(each.body, null, 2);
  return [
    facts(["Posted to", outside(each.url)], isOpen(each) && ["Due", when(page, each.due_at)], fault(each.injected)),
    h("div", { class: "actions" }, button("Post again", () => postAgain(each), { sign: "again", title: "One more attempt, now" }), copy(body, "Copy body")),
    h("ol", { class: "attempts" }, each.attempts.map((one) => attempt(page, texts, each, one))),
    texts.view(`body ${each.id}`, body()),
  ];
}

const attempt = (page, texts, each, one) =>
  h("li", { key: one.number },
    h("div", null, h("strong", null, `Attempt ${one.number}`), status(one.outcome), one.status && h("span", null, one.status), when(page, one.at),
      h("small", { title: `${one.real_at} to ${one.real_ended_at}` }, `took ${span(millis(one.real_ended_at) - millis(one.real_at))}`)),
    one.error && h("p", null, one.error), facts(fault(one.injected), one.req_uuid && ["req_uuid", h("code", null, one.req_uuid)]),
    one.answer && texts.view(`answer ${each.id} ${one.number}`, one.answer));

const fault = (it) => it && ["Fault of the scenario", typeof it === "string" ? it : `${it.rule}: ${JSON.stringify(it.faults)}`];
