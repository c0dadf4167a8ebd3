// Certify: a receiver is tried out by real posts; the verdict on each check, with what was sent and what came back.

import { Problem } from "./api.js";
import { h } from "./dom.js";
import { many, span } from "./format.js";
import { button, card, code, copy, facts, field, icon, problem, say, status } from "./ui.js";

const CHECKS = ("certificate single bundled large duplicate out-of-order non-ascii unknown-key unknown-status slow-network " +
  "retry in-time two-factor reply reply-without-text reply-retried reply-non-ascii").split(" ");
const BOUND = 60; // seconds: longer it never takes
const SIGNS = { passed: "check", warning: "warning", failed: "cross", skipped: "idle" };

export const sheet = "callbacks.css";

export function open(page) {
  if (page.certified?.account !== page.account.id) page.certified = { account: page.account.id, unfolded: new Set() };
  const it = page.certified; // stays while one looks at other views, and so does a run

  return {
    title: "Certify",
    listens: [],
    draw: () => h("div", { class: "view" },
      h("header", { class: "bar-head" },
        h("a", { class: "button plain square", href: page.to("callbacks"), "aria-label": "Back to the callbacks", title: "Back to the callbacks" }, icon("back")),
        h("h1", { tabindex: "-1" }, "Certify a receiver")),
      h("p", null, "It gets what the service may post to it, one check after the other. The messages are made up; nothing of it is kept in the account."),
      form(), it.stop && underWay(), it.failure && problem(it.failure), it.verdict && verdict(it.verdict)),
  };

  function form() {
    const told = (name) => page.params.get(name) ?? "";
    const only = told("only").split(",");
    const text = (label, name, hint, more) => field(label, h("input", { name, value: told(name), autocomplete: "off", spellcheck: "false", ...more }), hint);
    return h("form", { class: "card certify", onsubmit: run, onchange: ({ currentTarget }) => page.filter(values(currentTarget)) },
      text("callback_url", "url", "Where reports are posted to.", { type: "url", required: true, placeholder: "http://127.0.0.1:9000/reports" }),
      text("reply_url", "reply_url", "Optional: where replies are posted to.", { type: "url" }),
      text("Time-out", "timeout", "For each answer, at most 60s.", { placeholder: "5s" }),
      h("details", null, h("summary", null, `Checks: ${told("only") ? only.join(", ") : "the usual ones"}`),
        h("fieldset", null, h("legend", null, "Only these; none are the usual ones"), CHECKS.map((name) =>
          h("label", { class: "tick", key: name }, h("input", { type: "checkbox", name: "only", value: name, checked: only.includes(name) }), name)))),
      h("div", { class: "actions" }, button("Certify", null, { kind: "main", type: "submit", sign: "check", "aria-disabled": it.stop ? "true" : null })));
  }

  function values(form) {
    const data = new FormData(form);
    const text = (name) => data.get(name).trim();
    return { url: text("url"), reply_url: text("reply_url"), timeout: text("timeout"), only: data.getAll("only").join(",") };
  }

  async function run(event) {
    event.preventDefault();
    if (it.stop) return;
    const wish = values(event.currentTarget);
    page.filter(wish);
    const { url, only, ...more } = wish;
    const body = { callback_url: url, ...(only && { only: only.split(",") }), ...Object.fromEntries(Object.entries(more).filter(([, value]) => value)) };
    Object.assign(it, { stop: new AbortController(), since: performance.now(), failure: undefined, url });
    const ticking = setInterval(() => page.redraw(), 500);
    try {
      it.verdict = await page.account.post("/certify", body, { signal: it.stop.signal });
      it.unfolded.clear();
      say(summary(it.verdict), it.verdict.passed ? "" : "bad");
    } catch (error) {
      if (error instanceof Problem) it.failure = error;
      else if (error.name === "AbortError") say("Cancelled: nothing more is posted");
      else throw error;
    } finally {
      clearInterval(ticking);
      it.stop = undefined;
      page.redraw();
    }
  }

  /** How far it is nobody tells before the end, so the time is all that is shown. */
  function underWay() {
    const used = Math.min(BOUND, (performance.now() - it.since) / 1_000);
    return card("Under way", button("Cancel", () => it.stop?.abort(), { sign: "cross" }),
      h("p", null, "Posting to ", h("code", null, it.url), `. The verdict comes when all checks are done, after ${BOUND} seconds at the latest.`),
      h("div", { class: "used" }, h("progress", { max: BOUND, value: used, "aria-label": `Time used, of at most ${BOUND} seconds` }),
        h("span", { "aria-hidden": "true" }, `${Math.floor(used)}s`)));
  }

  function verdict(told) {
    return card("Verdict", copy(() => JSON.stringify(told, null, 2), "Copy as JSON"),
      h("p", { class: ["outcome", `is-${told.passed ? "passed" : "failed"}`] }, icon(told.passed ? "check" : "cross"), summary(told)),
      h("p", null, h("code", null, told.callback_url), told.reply_url && [" and ", h("code", null, told.reply_url)]),
      h("table", { class: "checks" },
        h("thead", null, h("tr", null, ["Check", "Verdict", "Rule", "Time"].map((each) => h("th", { key: each, scope: "col" }, each)))),
        h("tbody", null, told.checks.flatMap(check))));
  }

  function check(each) {
    const isOpen = it.unfolded.has(each.name);
    const turn = () => {
      isOpen ? it.unfolded.delete(each.name) : it.unfolded.add(each.name);
      page.redraw();
    };
    const took = each.got.reduce((sum, { ms }) => sum + ms, 0);
    return [
      h("tr", { key: each.name },
        h("th", { scope: "row" }, h("button", { type: "button", "aria-expanded": String(isOpen), onclick: turn }, icon("down"), each.title),
          h("code", null, each.name), each.advice && h("p", null, each.advice)),
        h("td", null, sign(each.verdict)), h("td", null, h("a", { href: page.to("rules", each.rule) }, each.rule)), h("td", null, each.got.length > 0 && span(took))),
      isOpen && h("tr", { key: `${each.name}, unfolded` }, h("td", { colspan: "4" }, facts(["Expected", each.expected]), each.sent.map((sent, at) => post(sent, each.got[at], at))))];
  }
}

const sign = (verdict) => h("span", { class: ["status", `is-${verdict}`] }, icon(SIGNS[verdict]), verdict);

function summary({ passed, checks }) {
  const sizes = Object.keys(SIGNS).map((name) => [name, checks.filter((each) => each.verdict === name).length]).filter(([, size]) => size);
  return `${passed ? "Passed" : "Not passed"}: ${sizes.map(([name, size]) => `${size} ${name}`).join(", ") || "nothing was tried"}`;
}

function post(sent, got, at) {
  return h("section", { key: at, class: "sent", "aria-label": `Post ${at + 1}` }, h("h3", null, `Post ${at + 1}`),
    h("div", null, facts(["To", h("code", null, sent.url)], ...Object.entries(sent.headers).map(([name, value]) => [name, h("code", null, value)])),
      code(JSON.stringify(sent.body, null, 2), "The body")),
    h("div", null, facts(["Answered", got.status ?? "not at all"], ["Took", span(got.ms)], ["Error", got.error]), got.answer && code(got.answer, "The answer")));
}
