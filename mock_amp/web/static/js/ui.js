// The pieces that all views are made of.

import { Problem } from "./api.js";
import { h, render } from "./dom.js";

const ICONS = {
  messages: "M3 4h14v9H9l-4 3v-3H3z",
  requests: "M3 6h11M11 3l3 3-3 3M17 14H6M9 11l-3 3 3 3",
  callbacks: "M4 10a6 6 0 0 1 10-4.500L16 7M16 3v4h-4M16 10a6 6 0 0 1-10 4.500L4 13M4 17v-4h4",
  account: "M10 3a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7M3.500 17c.5-3.500 3-4.500 6.500-4.500s6 1 6.500 4.500",
  clock: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14M10 6v4l3 2",
  scenario: "M4 4h5v5H4zM11 11h5v5h-5zM9 6.500h4.500V11M6.500 9v4.500H11",
  activity: "M3 16V9M7.500 16V4M12 16v-5M16.500 16V7",
  send: "M3 10l14-6-5 13-3-5z M9 12l8-8",
  rules: "M5 3h10v14H5zM8 7h4M8 10h4M8 13h2",
  copy: "M7 7h9v9H7zM4 13V4h9",
  check: "M4 10.500l4 4 8-9",
  seen: "M2 10.500l3.500 4 7-9M9 13l1.500 1.500 7-9",
  cross: "M5 5l10 10M15 5L5 15",
  warning: "M10 3l8 14H2zM10 8v4M10 14.500v.5",
  wait: "M6 3h8M6 17h8M7 3v3l3 4 3-4V3M7 17v-3l3-4 3 4v3",
  back: "M12 4l-6 6 6 6",
  next: "M4 4l6 6-6 6M15 4v12",
  force: "M11 2L5 11h4.500L8 18l7-9.500h-4.500z",
  idle: "M3 4l5 6-5 6M9 4l5 6-5 6M17 4v12",
  stack: "M3 7l7-4 7 4-7 4zM3 10.500l7 4 7-4M3 14l7 4 7-4",
  reply: "M8 5L3 10l5 5M3 10h8a6 6 0 0 1 6 6",
  again: "M16 10a6 6 0 1 1-2-4.500L16 7M16 3v4h-4",
  open: "M8 4H4v12h12v-4M11 3h6v6M17 3l-8 8",
  theme: "M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14",
  search: "M9 3a6 6 0 1 0 0 12A6 6 0 0 0 9 3M13.500 13.500L17 17",
  down: "M5 8l5 5 5-5",
};

const STATUS = {
  ACCEPTD: ["wait", "accepted, on its way"],
  DELIVRD: ["check", "delivered"],
  SEEN: ["seen", "seen"],
  EXPIRED: ["clock", "expired"],
  UNDELIV: ["cross", "not delivered"],
  REJECTD: ["cross", "rejected"],
  DELETED: ["cross", "deleted"],
  UNKNOWN: ["warning", "nobody knows"],
};

/** The signs of what else has a state: a callback, an attempt, a channel of a route. */
const STATES = { due: "wait", trying: "wait", waiting: "wait", retrying: "again", delivered: "check", "not needed": "idle", "left out": "idle", discarded: "cross", failed: "cross" };

export const STATUSES = Object.keys(STATUS);
export const CHANNELS = ["SMS", "VIBER", "WHATSAPP", "TELEGRAM", "RCS", "MESSENGER", "INTERNAL"];

export const icon = (name) =>
  h("svg", { class: "icon", viewBox: "0 0 20 20", "aria-hidden": "true" }, h("path", { d: ICONS[name] }));

/** A status with its sign and colour; what it means is its title. */
export const status = (name) =>
  h("span", { class: ["status", `is-${name}`], title: STATUS[name]?.[1] }, icon(STATUS[name]?.[0] ?? STATES[name] ?? "warning"), name);

/** What a status means, in words. */
export const meaning = (name) => STATUS[name]?.[1] ?? "";

/** A channel: its letter on its colour, and its name unless that is left to the row's own words. */
export const channel = (name, bare = false) =>
  h("span", { class: ["channel", `on-${name}`], title: name },
    h("i", { "aria-hidden": "true" }, name[0]), bare ? h("span", { class: "quiet" }, name) : name);

/** A button: `label` is what it says, or with `iconOnly` what it is called. */
export const button = (label, onclick, { sign, kind = "", iconOnly = false, ...more } = {}) =>
  h("button", { type: "button", class: ["button", kind, iconOnly && "square"], onclick, ...(iconOnly && { "aria-label": label, title: label }), ...more },
    sign && icon(sign), iconOnly ? null : label);

/** A button that puts a text into the clipboard. `text` may be a function that is called then. */
export const copy = (text, label = "Copy", more = {}) =>
  button(label, async ({ currentTarget }) => {
    const told = typeof text === "function" ? await text() : text;
    await toClipboard(told);
    say("Copied");
    currentTarget?.focus();
  }, { sign: "copy", ...more });

async function toClipboard(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.body.appendChild(document.createElement("textarea")); // by plain HTTP on another host
  area.value = text;
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** A link to another site: only what is of the web, and without telling it where somebody comes from. */
export const outside = (url, ...words) =>
  /^https?:\/\//i.test(url)
    ? h("a", { href: url, target: "_blank", rel: "noreferrer noopener" }, words.length ? words : url)
    : h("span", null, words.length ? words : url);

/** Names and values. Values that are null or undefined are left out. */
export const facts = (...pairs) =>
  h("dl", { class: "facts" }, pairs.filter((pair) => pair && pair[1] != null).map(([name, value]) => h("div", { key: name }, h("dt", null, name), h("dd", null, value))));

/** A part of a view under a heading, with what can be done about it. */
export const card = (title, actions, ...kids) =>
  h("section", { class: "card", key: title, "aria-label": title }, h("header", null, h("h2", null, title), h("div", { class: "actions" }, actions)), kids);

export const code = (text, label = "Text") => h("pre", { class: "code", tabindex: "0", role: "region", "aria-label": label }, text);

export const empty = (title, ...words) => h("div", { class: "empty" }, h("h2", null, title), words);

/** What went wrong, in the words of the control plane. */
export const problem = (error, again) =>
  h("div", { class: "problem", role: "alert" }, icon("warning"),
    h("div", null, h("strong", null, error.told?.title ?? "This did not work"), h("p", null, error.message),
      error.told?.expected && h("p", null, "Right would be: ", error.told.expected)),
    again && button("Try again", again));

/** A control with its label; a hint is what else there is to know of it. */
export const field = (label, control, hint) => {
  if (hint) control.props["aria-description"] = hint;
  return h("div", { class: "field" }, h("label", null, h("span", null, label), control), hint && h("small", { "aria-hidden": "true" }, hint));
};

/**
 * A search field. What is typed is in the address a moment later, trimmed; the field shows it as it was typed for as long
 * as nothing else changes what is searched for.
 */
export function searchBox(page, label, placeholder) {
  const told = page.params.get("search") ?? "";
  const where = `${page.account.id}/${page.route.view}`;
  const { typed } = page;
  const isTyped = typed?.where === where && [typed.before, typed.text.trim()].includes(told);
  const type = ({ currentTarget: { value: text } }) => {
    const { route } = page; // as it is now, not as it was drawn
    clearTimeout(page.typed?.timer);
    page.typed = { where, text, before: route.params.get("search") ?? "", timer: setTimeout(() => {
      if (page.route === route) return page.filter({ search: text.trim() });
      page.typed = undefined; // somebody has gone on without waiting for it
      page.redraw();
    }, 200) };
  };
  return h("div", { class: "search" }, icon("search"),
    h("input", { type: "search", placeholder, "aria-label": label, value: isTyped ? typed.text : told, oninput: type }));
}

/** A choice: `options` are values, or [value, words]. */
export const choose = (label, value, options, onchange, more = {}) =>
  h("select", { "aria-label": label, value, onchange: ({ currentTarget }) => onchange(currentTarget.value), ...more },
    options.map((each) => [each].flat()).map(([each, words = each]) => h("option", { key: each, value: each }, words)));

const said = [];
const MOST_SAID = 3;

/** Tells something in passing; a screen reader reads it out. `kind` is "bad" for what went wrong. */
export function say(words, kind = "") {
  const it = { words, kind };
  said.push(it);
  said.splice(0, said.length - MOST_SAID);
  const draw = () => render(document.getElementById("said"), said.map((each) => h("p", { class: ["toast", each.kind] }, each.words)));
  draw();
  setTimeout(() => {
    if (said.includes(it)) said.splice(said.indexOf(it), 1);
    draw();
  }, kind === "bad" ? 8_000 : 3_000);
}

/** Does something that a person asked for; says how it went, `failed` why not. Answers what came of it, undefined where it failed. */
export async function attempt(work, done, failed = (words) => say(words, "bad")) {
  try {
    const found = await work();
    if (done) say(typeof done === "function" ? done(found) : done);
    return found;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { message, told: { expected } } = error;
    failed(expected ? `${message.replace(/\.$/, "")}. Right would be: ${expected}` : message);
  }
}

const styles = new Map();

/** A style sheet that only some views need; returns when it is there. */
export function styled(name) {
  if (!styles.has(name)) {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `/__admin/ui/css/${name}` });
    styles.set(name, new Promise((done) => {
      link.onload = done;
      link.onerror = () => {
        styles.delete(name);
        link.remove();
        done(); // the view is worth seeing all the same
      };
    }));
    document.head.append(link);
  }
  return styles.get(name);
}
