// The body of a request on numbered lines, with marks where something is wrong or strange, and beneath each what it is.

import { h } from "./dom.js";
import { isCut, many } from "./format.js";
import { laidOut, places } from "./json.js";
import { button, icon } from "./ui.js";

const AROUND = 4;
const FIRST = 80;
const STEP = 400;
const LONGEST = 4_000;
const WHOLE = 36;

/**
 * Lays a body out. `faults` are {id, rule, words, value, href, strange}, each with the `pointer` of its place or with
 * `at`, the character; of some nobody knows a place. A text that has lines already, or is no JSON, stays as it came.
 *
 * `view()` draws it; `line(fault)` says on which one it is, `show(fault)` goes there.
 */
export function marked(body, faults, redraw) {
  const cut = isCut(body);
  const isPlain = body.trim().includes("\n") || !/^\s*[[{]/.test(body) || faults.some((each) => each.at != null);
  const text = !isPlain && (cut || isJson(body)) ? laidOut(body) : body;
  const lines = split(text);
  const found = places(text, new Set(faults.map((each) => each.pointer).filter((each) => each != null)));
  const marks = new Map();
  const beyond = [];
  for (const fault of body ? faults : []) {
    const { at } = fault;
    const place = at == null ? found.get(fault.pointer) : { start: at, end: at + 1, exact: true, beyond: at >= text.length };
    if (place?.beyond && cut) beyond.push(fault);
    else if (place) marks.set(fault, put(lines, range(text, place, fault), fault));
  }
  const noted = lines.filter((line) => line.marks.length);
  const shown = new Set();
  const want = (from, to) => {
    for (let at = Math.max(0, from); at < Math.min(lines.length, to); at += 1) shown.add(at);
  };
  want(0, beyond.length || noted[0]?.number > FIRST ? FIRST / 8 : FIRST);
  noted.forEach((line) => want(line.number - 1 - AROUND, line.number + AROUND));

  return {
    line: (fault) => marks.get(fault)?.line.number,
    isHere: (fault) => marks.has(fault) || beyond.includes(fault),
    show(fault) {
      const node = document.getElementById(`mark-${(marks.get(fault)?.faults[0] ?? fault).id}`);
      node?.scrollIntoView({ block: "center" });
      node?.focus({ preventScroll: true });
    },
    view() {
      const drawn = [];
      let next = 0;
      for (const at of [...shown, lines.length].sort((one, other) => one - other)) {
        if (at > next) drawn.push(gap(next, at));
        if (at < lines.length) drawn.push(row(lines[at], text));
        next = at + 1;
      }
      return h("div", { class: "marked", role: "group", tabindex: "0", "aria-label": "The body with its marks" }, drawn,
        cut && h("p", { class: "gap", key: "cut" }, "The journal keeps the first 64 kB of a body; this one was longer."),
        beyond.map((fault) => h("div", { class: "line", key: fault.id },
          h("code", null, `${fault.pointer ?? "…"}: `, mark([fault], JSON.stringify(fault.value) ?? "")), note(fault))));
    },
  };

  function gap(from, to) {
    const some = Math.min(STEP, to - from);
    const words = `Show ${some < to - from ? `${some} of ` : ""}${many(to - from, "line")}`;
    return h("div", { class: "gap", key: `gap ${from}` }, button(words, () => {
      want(from, from + some);
      redraw();
    }, { kind: "plain" }));
  }
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function split(text) {
  let start = 0;
  return text.split("\n").map((each, at) => {
    const line = { number: at + 1, start, end: start + each.length, marks: [] };
    start = line.end + 1;
    return line;
  });
}

/** What is marked: the value; with its key where that is what is strange; of a long group its beginning. */
function range(text, { start, end, key = start, exact, isGroup }, { strange }) {
  const isLong = isGroup && (end - start > 120 || text.slice(start, end).includes("\n"));
  return [exact && !strange && !isLong ? start : key, isLong ? start + 1 : end];
}

function put(lines, [start, end], fault) {
  let [low, high] = [0, lines.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lines[middle].start <= start) low = middle;
    else high = middle - 1;
  }
  const line = lines[low];
  const [from, to] = [Math.max(line.start, Math.min(start, line.end - 1)), Math.min(Math.max(end, start + 1), line.end)];
  let mark = line.marks.find((each) => each.from < to && from < each.to);
  if (!mark) line.marks.push((mark = { line, from, to, faults: [] }));
  Object.assign(mark, { from: Math.min(mark.from, from), to: Math.max(mark.to, to) }).faults.push(fault);
  line.marks.sort((one, other) => one.from - other.from);
  return mark;
}

function row(line, text) {
  const parts = [];
  let at = line.start;
  for (const { from, to, faults } of line.marks) {
    parts.push(trimmed(text.slice(at, from)), mark(faults, text.slice(Math.max(at, from), to)));
    at = Math.max(at, to);
  }
  parts.push(trimmed(text.slice(at, line.end)));
  return h("div", { class: "line", key: line.number }, h("span", { class: "number", "aria-hidden": "true" }, line.number),
    h("code", null, parts), line.marks.flatMap((each) => each.faults.map(note)));
}

const mark = (faults, text) =>
  h("mark", { class: faults.every((each) => each.strange) && "strange" },
    h("a", { id: `mark-${faults[0].id}`, href: faults[0].href, title: faults.map((each) => `${each.rule}: ${each.words}`).join("\n"),
      "aria-describedby": faults.map((each) => `note-${each.id}`).join(" ") }, trimmed(text) || " "));

const note = ({ id, rule, words, strange }) =>
  h("span", { class: ["says", strange && "strange"], key: `note ${id}`, id: `note-${id}` },
    icon(strange ? "warning" : "cross"), h("b", null, rule), whole(words));

/** Words, of which a pattern is not torn in two at the end of a line. */
export const whole = (text) => text.split(" ").flatMap((each) =>
  [" ", each.length < WHOLE && /[-[/]/.test(each) ? h("b", { class: "whole" }, each) : each]);

const trimmed = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST / 2)} … ${text.slice(-LONGEST / 2)}` : text);
