// The clock: how it runs, the ways to move it, what is ahead of it, and what the last move brought about.

import { agenda } from "./agenda.js";
import { h } from "./dom.js";
import { clockTime, count, dayTime, many, millis, short, span } from "./format.js";
import { steps, underWay } from "./shell.js";
import { attempt, button, card, channel, field, status } from "./ui.js";

const MODES = {
  real: ["Real", "Goes on as fast as real time."],
  scaled: ["Scaled", "Goes on so many times as fast."],
  frozen: ["Frozen", "Stands still until it is advanced."],
};

export const sheet = "clock.css";

export function open(page) {
  const ahead = agenda(page);
  const wrong = {};
  let isKnown, typed, held; // whether the clock is; the instant that somebody made; the one shown while he is at it

  return {
    title: "Clock",
    listens: ["request", "status", "callback", "attempt", "reply", "click", "clock"],
    load: ahead.load,
    renew: () => (page.lastAdvance = undefined),
    draw: () => h("div", { class: "view" }, h("h1", { tabindex: "-1" }, "Clock"), h("div", { class: "sides" }, runs(), moves()), ahead.draw(), page.lastAdvance && happened(page.lastAdvance)),
  };

  function runs() {
    const { mode, rate } = page.clock.told;
    const now = page.clock.now();
    return card("How it runs", null,
      h("p", { class: "large" }, h("time", null, clockTime(now).slice(0, mode === "frozen" ? 12 : 8)), `${dayTime(now).slice(0, 10)} UTC`),
      h("form", { class: "modes", onsubmit: (event) => event.preventDefault(), onchange: ({ currentTarget }) => run(currentTarget.elements) },
        h("fieldset", null, h("legend", { class: "quiet" }, "Mode"), Object.entries(MODES).map(([name, [words, means]]) =>
          h("label", { key: name }, h("input", { type: "radio", name: "mode", value: name, checked: mode === name }), h("b", null, words), h("small", null, means)))),
        h("label", null, "Rate when scaled ", h("input", { type: "number", name: "rate", min: "0.000001", step: "any", value: mode === "scaled" ? rate : 60 }))));
  }

  async function run({ mode, rate }) {
    const scaled = mode.value === "scaled" && { rate: Number(rate.value) };
    if (mode.value === page.clock.mode && !scaled) return; // a rate for later
    const told = await attempt(() => page.account.put("/clock", { mode: mode.value, ...scaled }), `The clock is ${mode.value}`);
    if (told) page.clock.set(told, performance.now());
    else mode.value = page.clock.mode;
    page.redraw();
  }

  function moves() {
    return card("Advance", null, steps(page),
      move("by", "By a duration", { placeholder: "1h30m", autocomplete: "off" }, (value) => value.trim()),
      move("to", "To an instant, UTC", instant(), (value) => new Date(`${value}Z`).toISOString()),
      h("p", { role: "status" }, page.advancing && "Under way: all that is due happens, each at its own moment."));
  }

  /** It begins at the account's own now and goes on with it: a mere click moves the clock by a second at most. */
  function instant() {
    isKnown ||= page.told;
    const soon = isKnown ? dayTime(Math.ceil(page.clock.now() / 1_000) * 1_000).replace(" ", "T") : "";
    return {
      type: "datetime-local", step: "any", value: typed ?? held ?? soon,
      oninput: ({ currentTarget }) => (typed = currentTarget.value),
      onfocus: ({ currentTarget }) => (held = currentTarget.value),
      onblur: () => (held = undefined),
    };
  }

  function move(name, label, more, read) {
    const send = async (event) => {
      event.preventDefault();
      if (page.advancing) return;
      wrong[name] = undefined;
      await page.advance({ [name]: read(event.currentTarget.elements[0].value) }, (words) => (wrong[name] = words));
      if (name === "to" && !wrong.to) typed = held = undefined;
      page.redraw();
    };
    return h("form", { class: "move", key: name, onsubmit: send },
      field(label, h("input", { required: true, "aria-invalid": wrong[name] ? "true" : null, ...more })),
      button("Advance", null, { type: "submit", "aria-label": `Advance ${name}`, ...underWay(page, page.advancing?.[name]) }),
      wrong[name] && h("p", { role: "alert" }, wrong[name]));
  }

  function happened({ from, now, events, events_total: total }) {
    const start = millis(from);
    return card("The last advance", null,
      h("p", null, `From ${dayTime(start)} by ${span(millis(now) - start)}: ${many(total, "event")}`, total > events.length && `, the first ${count(events.length)} of them here`, "."),
      total > 0 && h("div", { class: "happened", tabindex: "0", role: "region", "aria-label": "What happened" }, h("ol", null, events.map((it) =>
        h("li", null, h("time", { datetime: it.at }, clockTime(millis(it.at))), h("small", null, `+${span(millis(it.at) - start)}`), one(it))))));
  }

  function one(it) {
    if (it.kind === "attempt") return [h("a", { href: page.to("callbacks", it.callback_id) }, `callback ${it.callback_id}`), h("span", null, `attempt ${it.attempt} `, h("b", { class: `is-${it.outcome}` }, it.outcome))];
    const what = it.status ? status(it.status) : `${it.kind === "reply" ? "replied" : "clicked"} ${it.outcome ?? ""}`;
    return [h("a", { href: page.to("messages", it.message_id) }, short(it.message_id)), h("span", null, channel(it.type), " ", what)];
  }
}
