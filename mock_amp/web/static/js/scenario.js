// The scenario: which is in force, its faults on and off, the numbers that it keeps for tests, another one, and its text.

import { call, keep, kept, Problem } from "./api.js";
import { ask } from "./dialog.js";
import { h } from "./dom.js";
import { editor } from "./editor.js";
import { dayTime, many, millis } from "./format.js";
import { attempt, button, card, copy, facts, icon, problem, say } from "./ui.js";

const PAUSE = 400;
const LONG = 50_000;
const MOST_NUMBERS = 100;
const LENGTH = 11; // of a number to type: any is taken that has so many digits
const HEAD = ["name", "description", "faults"];

export const sheet = "scenario.css";

export function open(page) {
  const { account } = page;
  const kept = `mock-amp scenario ${account.id}`;
  let told, shipped = [], asking, checking, timer, failure, isPutting, sent;
  // `base` is what undoing goes back to, `seen` what the server last told: after its own "Put in force" the comments are in `base` alone.
  const draft = { text: "", base: "", seen: undefined, ...restored(kept) };
  let inForce = draft.seen;
  const model = {
    name: "The scenario as YAML",
    faults: [],
    says: null,
    get text() {
      return draft.text;
    },
    typed(text) {
      draft.text = text;
      if (text.length < LONG) keep(); // a long one once there is a pause
      clearTimeout(timer);
      timer = setTimeout(check, PAUSE);
      page.redraw();
    },
  };
  const field = editor(model);

  const isChanged = () => draft.text !== draft.base;
  const isOther = () => draft.seen !== inForce && !isPutting && sent === undefined; // by somebody else, or by a switch
  const keep = () => store(kept, draft.text === draft.seen ? null : draft);
  const replace = (text) => {
    model.typed(text);
    check();
  };

  return {
    title: "Scenario",
    listens: ["scenario", "reset"],
    async load(signal) {
      const [now, yaml, list] = await Promise.all([account.get("/scenario", {}, { signal }), account.get("/scenario", {}, { signal, accept: "application/yaml" }),
        shipped.length ? null : call("GET", "/__admin/scenarios", { signal })]);
      know(now);
      if (list) shipped = list.items.map((each) => ({ ...each, same: same(each.document) }));
      took((yaml ?? "").replace(/\r\n?/g, "\n"));
    },
    end() {
      clearTimeout(timer);
      keep();
    },
    draw: () => h("div", { class: "view" }, h("h1", { tabindex: "-1" }, "Scenario"), told && [
      h("div", { class: "halves" }, force(), numbers()), others(), writing(), asking?.()]),
  };

  /** What is in force; what is made of its document is made once, since drawing is to be quick. */
  function know(now) {
    told = { ...now, same: same(now.document), numbers: reserved(now.document) };
  }

  /** The text that is in force has been read. It takes the place of what is in the field only where nothing was typed. */
  function took(yaml) {
    inForce = yaml;
    if (isPutting) return;
    if (sent !== undefined) {
      Object.assign(draft, { base: sent, seen: yaml });
      sent = undefined;
    } else if (draft.seen === undefined || draft.text === draft.seen) Object.assign(draft, { text: yaml, base: yaml, seen: yaml });
    keep();
    checking?.abort();
    if (draft.text === yaml) found([], "This is in force.");
    else check();
  }

  function force() {
    const { name, description, usual, since, faults, document: { rules, recipients } } = told;
    const total = faults.requests + faults.callbacks;
    const sections = Object.keys(told.document).filter((each) => !HEAD.includes(each));
    return card("In force", [
      button(usual ? "The server's own" : "Back to the server's own", () => usual || back(), usual // it stays a button, as below
        ? { sign: "check", kind: "plain", "aria-disabled": "true", "aria-label": "The server's own is in force" } : {}),
      button("Edit it", field.begin)],
      h("p", { class: "name" }, name), description && h("p", { class: "long" }, description),
      facts(["Since", h("time", { datetime: since }, dayTime(millis(since)))],
        ["It has", parts({ sections, rules: rules?.length, recipients: recipients?.length, faults })]),
      h("div", { class: "faults-on" },
        h("button", { type: "button", role: "switch", class: "switch", "aria-checked": String(total > 0 && faults.on),
          "aria-disabled": total ? null : "true", "aria-describedby": "faults-has", onclick: () => total && turn(!faults.on) }, h("i", null), "Faults"),
        h("p", { id: "faults-has" }, total ? `${many(faults.requests, "fault")} of requests, ${faults.callbacks} of callbacks: ${faults.on ? "on" : "off"}`
          : "This scenario has no faults: neither of requests nor of callbacks.")),
      !usual && h("p", null, h("small", null, "This account has a scenario of its own.")));
  }

  async function turn(on) {
    const now = await attempt(() => account.put("/scenario/faults", { on }), `Faults are ${on ? "on" : "off"}`);
    if (now) know(now);
    page.reload();
  }

  function switchTo(name) {
    change(() => account.put("/scenario", JSON.stringify(name)));
  }

  function back() {
    change(() => call("DELETE", account.path("/scenario")));
  }

  async function change(how) {
    const now = await attempt(how, ({ name }) => `${name} is in force`);
    if (now) know(now);
    page.reload();
  }

  function numbers() {
    const found = told.numbers;
    return card("Numbers to type", null, found.length
      ? [h("p", null, "These numbers choose what becomes of a message, whoever sends it:"),
        h("div", { class: "scrolls" }, h("table", null,
          h("thead", null, h("tr", null, ["Number", "Like", "What becomes of the message"].map((each) => h("th", { scope: "col" }, each)))),
          h("tbody", null, found.slice(0, MOST_NUMBERS).map(({ number, pattern, why }, at) => h("tr", { key: at },
            h("th", { scope: "row" }, h("code", null, number), copy(number, `Copy ${number}`, { iconOnly: true, kind: "plain" })), h("td", null, h("code", null, pattern)), h("td", null, why)))))),
        found.length > MOST_NUMBERS && h("p", null, `and ${many(found.length - MOST_NUMBERS, "more", "more")}`)]
      : h("p", null, "This scenario says nothing of single numbers that begin with 999: they are numbers like any other."));
  }

  function others() {
    return card("Shipped scenarios", null, h("ul", { class: "shipped" }, shipped.map((each) => {
      const isIt = each.same === told.same;
      const total = each.faults.requests + each.faults.callbacks;
      return h("li", { key: each.name, class: isIt && "current" },
        h("h3", { id: `shipped-${each.name}` }, each.name), h("p", null, each.description), total > 0 && h("small", null, many(total, "fault")),
        h("div", { class: "actions" },
          button(isIt ? "In force" : "Switch to it", () => isIt || switchTo(each.name), isIt // it stays a button, and so keeps the focus
            ? { sign: "check", kind: "plain", "aria-disabled": "true", "aria-label": `${each.name} is in force` } : { "aria-label": `Switch to ${each.name}` }),
          button("Copy into the editor", () => copyIn(each), { kind: "plain", "aria-label": `Copy ${each.name} into the editor` })));
    })));
  }

  function copyIn({ name, text }) {
    const go = () => {
      replace(text);
      field.begin();
    };
    if (!isChanged()) return go();
    const closed = () => {
      if (asking === it) asking = undefined;
      page.draw(); // at once: it may be asked for again right behind
    };
    const it = () => ask("Replace what you typed?", closed, "Replace it", go, h("p", null, `The editor has changes that are not in force. ${name} takes their place.`));
    asking = it;
    page.redraw();
  }

  function writing() {
    const meanwhile = isOther();
    const canPut = !model.faults.length && (isChanged() || meanwhile);
    return card("Editor", [
      button("Check", check, { sign: "check" }),
      button("Undo my changes", () => isChanged() && replace(draft.base), { "aria-disabled": isChanged() ? null : "true" }),
      button("Put in force", () => canPut && putText(), { kind: "main", "aria-disabled": canPut ? null : "true" }),
    ],
    meanwhile && h("div", { class: "problem", role: "alert", key: "meanwhile" }, icon("warning"),
      h("div", null, h("strong", null, "Another scenario has come into force meanwhile"), h("p", null, h("b", null, told.name), ". What you typed is still here.")),
      button("Take it over", () => {
        Object.assign(draft, { base: inForce, seen: inForce });
        replace(inForce);
        field.begin();
      }), button("Keep mine", () => {
        Object.assign(draft, { base: inForce, seen: inForce });
        keep();
        field.focus();
        page.redraw();
      })),
    failure && problem(failure),
    field.draw());
  }

  /** What is not right in the text, at the line where it stands. A later check takes the place of an earlier one. */
  async function check() {
    clearTimeout(timer);
    keep();
    checking?.abort();
    const { signal } = (checking = new AbortController());
    try {
      const it = await account.post("/scenario/check", draft.text, { signal });
      found([], `No faults. It has ${parts(it)}.${isChanged() || isOther() ? " It is not in force yet." : ""}`);
    } catch (error) {
      if (error instanceof Problem) refused(error);
      else if (error.name !== "AbortError") throw error;
    }
  }

  function found(faults, says, error) {
    Object.assign(model, { faults, says });
    failure = error;
    page.redraw();
  }

  async function putText() {
    const { text } = draft;
    isPutting = true;
    try {
      know(await account.put("/scenario", text));
      sent = text;
      say(`${told.name} is in force`);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      refused(error);
    } finally {
      isPutting = false;
      page.reload();
    }
  }

  function refused(error) {
    const faults = error.told.faults ?? [];
    if (faults.length) found(faults, `${many(faults.length, "fault")}. It cannot be put in force.`);
    else found([], null, error);
  }
}

/** A document without whether its faults are on, to tell whether two are the same. */
const same = (document) => JSON.stringify({ ...document, faults: undefined });

function parts({ sections, rules, recipients, faults }) {
  const words = { rules: many(rules ?? 0, "rule"), recipients: many(recipients ?? 0, "recipient"),
    requests: `${many(faults.requests, "fault")} of requests`, callbacks: `${many(faults.callbacks, "fault")} of callbacks` };
  return sections.map((each) => words[each] ?? each).join(", ") || "nothing but its name";
}

/** The numbers that begin with 999 and of which a scenario says something, each with one that can be typed. */
function reserved({ rules = [], recipients = [] }) {
  const all = [...recipients.map((each) => [each.number, each.name ?? "a recipient"]), ...rules.map((each) => [each.match?.number, each.name])];
  return all.flatMap(([numbers, why]) => [numbers].flat().map((each) => typed(each, why))).filter(Boolean);
}

function typed(wanted, name) {
  const pattern = typeof wanted === "string" ? wanted : wanted?.exact ?? wanted?.glob ?? (wanted?.prefix && `${wanted.prefix}*`);
  if (!/^999[\d*?]*$/.test(pattern ?? "")) return null;
  const missing = Math.max(0, LENGTH - pattern.replaceAll("*", "").length);
  const number = pattern.replace("*", "0".repeat(missing)).replaceAll("*", "").replaceAll("?", "0");
  return { number, pattern: pattern.replaceAll("*", "…"), why: name.replace(/^999\S* +/, "") };
}

function restored(name) {
  try {
    return JSON.parse(kept("sessionStorage", name));
  } catch {
    return null;
  }
}

/** What is too long to be kept stays as long as the view is open. */
const store = (name, draft) => keep("sessionStorage", name, JSON.stringify(draft ?? null));
