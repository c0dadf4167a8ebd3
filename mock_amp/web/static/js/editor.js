// A field for YAML with its lines numbered, and marks at those lines that are not right.

import { h, render } from "./dom.js";
import { many } from "./format.js";
import { button } from "./ui.js";

const LINE = 20; // as the style sheet has it
const MOST = 100;

/** A field for the text of `model`: {text, faults: [{line, text}], says, typed(text), name}. It is described anew with each drawing. */
export function editor(model) {
  let area, sheet, top = 0;
  const numbers = () => {
    const size = lineOf(model.text, model.text.length);
    const first = Math.floor(top / LINE);
    const last = Math.min(size, first + Math.ceil(Math.max(innerHeight, area?.clientHeight ?? 0) / LINE) + 1);
    const at = (line) => ({ top: `${(line - 1) * LINE - top}px` });
    const wrong = new Set(model.faults.map(({ line }) => line).filter((line) => line > first && line <= last));
    return [
      [...wrong].map((line) => h("b", { key: line, style: at(line) }, "!")),
      h("pre", { key: "numbers", style: at(first + 1) }, Array.from({ length: Math.max(0, last - first) }, (_, each) => first + each + 1).join("\n")),
    ];
  };
  const scrolled = () => {
    top = area.scrollTop;
    render(sheet, numbers()); // at once: the numbers go along with the text
  };

  /** Leads to a line and selects it. */
  const goTo = (line) => {
    const start = startOf(model.text, line);
    const end = model.text.indexOf("\n", start);
    area.focus();
    area.setSelectionRange(start, end < 0 ? model.text.length : end);
    area.scrollTop = (line - 1) * LINE - area.clientHeight / 2;
    area.scrollLeft = 0;
  };

  return {
    focus: () => area.focus(),
    /** Goes to the beginning of the text. */
    begin() {
      area.focus();
      area.setSelectionRange(0, 0);
      area.scrollTop = 0;
      area.scrollIntoView({ block: "center" });
    },
    draw: () => {
      const { faults } = model;
      return [
        h("div", { class: "editor", key: "editor" },
          h("div", { class: "lines", "aria-hidden": "true", ref: (node) => (sheet = node) }, numbers()),
          h("textarea", { class: "mono", wrap: "off", spellcheck: "false", autocapitalize: "off", autocomplete: "off", rows: "24",
            "aria-label": model.name, "aria-describedby": "editor-keys", "aria-invalid": faults.length ? "true" : null, "aria-errormessage": faults.length ? "editor-says" : null,
            value: model.text, ref: (node) => (area = node), onscroll: scrolled, onkeydown: pressed, oninput: ({ currentTarget }) => model.typed(currentTarget.value) })),
        h("p", { class: "says", key: "says", id: "editor-says", role: "status", "aria-live": "polite" }, model.says),
        faults.length > 0 && h("ol", { class: "faults", key: "faults", "aria-label": "Faults" }, faults.slice(0, MOST).map(({ line, pointer, text }, at) =>
          h("li", { key: at }, button(`Line ${line}`, () => goTo(line), { kind: "danger" }), h("span", null, text, pointer && h("small", null, ` ${pointer}`)))),
          faults.length > MOST && h("li", null, `and ${many(faults.length - MOST, "more", "more")}`)),
        h("small", { key: "keys", id: "editor-keys" }, "Ctrl + ] indents the lines that are selected, Ctrl + [ takes it back. Tab leaves the field."),
      ];
    },
  };
}

/** The number of the line in which a place of the text is. */
function lineOf(text, place) {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < place; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

function startOf(text, line) {
  let at = 0;
  for (; line > 1 && text.indexOf("\n", at) >= 0; line -= 1) at = text.indexOf("\n", at) + 1;
  return at;
}

function pressed(event) {
  const { currentTarget: area } = event;
  const held = event.ctrlKey && !event.altKey && !event.metaKey;
  if (held && event.code === "BracketRight") indent(area, (line) => line && `  ${line}`);
  else if (held && event.code === "BracketLeft") indent(area, (line) => line.replace(/^ {1,2}/, ""));
  else if (event.key === "Enter" && !event.isComposing && !held && !event.shiftKey) {
    const before = area.value.slice(area.value.lastIndexOf("\n", area.selectionStart - 1) + 1, area.selectionStart);
    insert(`\n${/^ */.exec(before)[0]}`);
  } else return;
  event.preventDefault();
}

function indent(area, change) {
  const { value, selectionStart, selectionEnd } = area;
  const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const last = selectionEnd > selectionStart && value[selectionEnd - 1] === "\n" ? selectionEnd - 1 : selectionEnd;
  const end = value.indexOf("\n", last) < 0 ? value.length : value.indexOf("\n", last);
  const lines = value.slice(start, end).split("\n").map(change).join("\n");
  area.setSelectionRange(start, end);
  insert(lines);
  area.setSelectionRange(start, start + lines.length);
}

/** As if it were typed: what was typed before can still be undone. */
const insert = (text) => document.execCommand(text ? "insertText" : "delete", false, text);
