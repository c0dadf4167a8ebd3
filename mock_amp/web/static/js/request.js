// One request: what came, what was wrong with it and where, which rule says so, and what can be done with it.

import { httpStatus, rulesOf, textOf, WORDS } from "./contract.js";
import { h } from "./dom.js";
import { clockTime, dayTime, isCut, millis } from "./format.js";
import { marked, whole } from "./marked.js";
import { attempt, button, card, copy, facts, icon, problem } from "./ui.js";

const MOST = 50;
const LONGEST = 2_000;

const time = (at) => h("time", { datetime: at }, `${dayTime(millis(at)).slice(0, 10)} ${clockTime(millis(at))}`);

export function opened(page, id) {
  let it, body, faults, failure, all = false;
  let rules = new Map();

  return {
    id,
    async load(signal) {
      if (it) return;
      try {
        it = await page.account.get(`/requests/${encodeURIComponent(id)}`, {}, { signal });
      } catch (error) {
        if (![404, 410].includes(error.status)) throw error;
        failure = error;
        return;
      }
      failure = undefined;
      faults = faultsOf(page, it);
      body = marked(it.body, faults, () => page.redraw());
      if (faults.length) rulesOf().then((found) => ((rules = found), page.redraw()), () => {}); // without them the ids remain
    },
    draw() {
      return [heading(), failure ? problem(failure) : it && [summary(), wrong(), payload()]];
    },
  };

  function heading() {
    return h("header", { class: "request-head", key: "head" },
      h("a", { class: "button plain square", href: page.item(null), "aria-label": "Back to the list", title: "Back to the list" }, icon(page.isWide ? "cross" : "back")),
      h("h1", { tabindex: "-1" }, it ? [h("span", { class: "mono" }, `${it.method} ${it.path}`), httpStatus(it.status)] : `Request ${id}`));
  }

  function summary() {
    const sends = it.status === 200 && it.api_job_id && it.method === "POST";
    return card(`Request ${it.id}`, [
      it.body && copy(it.body, "Copy body"),
      !isCut(it.body) && copy(async () => (await import("./curl.js")).asCurl(page, it), "Copy as curl"),
      button("Send again", again, { sign: "again" }),
    ], facts(
      ["On the account's clock", time(it.at)],
      ["By the real clock", time(it.real_at)],
      ["From", it.remote && h("code", null, it.remote)],
      ["Token", it.token && h("code", null, it.token)],
      ["Job", it.api_job_id && h("code", null, it.api_job_id)],
      ["Sent", sends ? h("a", { href: page.to("messages", null, { api_job_id: it.api_job_id }) }, "its messages") : null],
      ["Fault of the scenario", it.injected && h("span", null, `${it.injected.rule}: `, h("code", null, JSON.stringify(it.injected.faults)))],
    ));
  }

  function wrong() {
    if (!faults.length && !it.reason) return null;
    const shown = all ? faults : faults.slice(0, MOST);
    return card(it.status >= 400 ? "Why it was refused" : "Worth a look", null, it.reason && h("p", null, it.reason),
      h("ul", { class: "faults" }, shown.map(fault)),
      shown.length < faults.length && button(`Show all ${faults.length}`, () => { all = true; page.redraw(); }));
  }

  function fault(each) {
    const { pointer, value, words, strange } = each;
    const [rule, line] = [rules.get(each.rule), body.line(each)];
    const place = body.isHere(each)
      ? button([pointer || "The place", line && ` · line ${line}`], () => body.show(each), { kind: "place" })
      : pointer && h("code", null, pointer);
    return h("li", { key: each.id, class: strange && "strange" },
      h("div", { class: "what" }, icon(strange ? "warning" : "cross"), h("a", { href: each.href }, each.rule), strange && h("span", null, words), place),
      !strange && facts(["It was", value == null ? null : h("code", null, JSON.stringify(value).slice(0, LONGEST))],
        ["Right would be", whole(words)]),
      rule && h("p", { class: "rule" }, textOf(rule.text)));
  }

  function payload() {
    if (it.body) return card("Body", null, body.view());
    return h("p", { class: "foot", key: "none" }, it.method === "GET" ? "A GET has no body." : "The journal has no body of it: nobody read one.");
  }

  async function again() {
    const told = await attempt(() => page.account.post(`/requests/${encodeURIComponent(id)}/resend`),
      ({ answer: { status, on_the_wire: wire } }) => `Answered ${status} ${WORDS[status] ?? ""}${wire ? `, and ${wire}` : ""}`);
    if (told?.request) page.go(page.item(told.request.id));
  }
}

/** What is wrong first, then what is strange; with the place of each in the body, where it is about that. */
function faultsOf(page, it) {
  const broken = /\(char (\d+)\)/.exec(it.reason ?? "");
  const isOfBody = [200, 400, 403].includes(it.status);
  const made = (each, at, strange) => ({
    id: `${strange ? "w" : "v"}${at}`, rule: each.rule, value: each.value, strange, href: page.to("rules", each.rule),
    words: strange ? each.text : each.expected, pointer: isOfBody ? each.pointer : undefined,
  });
  const found = [...it.violations.map((each, at) => made(each, at, false)), ...it.warnings.map((each, at) => made(each, at, true))];
  if (broken && found[0]?.rule === "H-9") Object.assign(found[0], { pointer: undefined, at: [...it.body].slice(0, Number(broken[1])).join("").length });
  return found;
}
