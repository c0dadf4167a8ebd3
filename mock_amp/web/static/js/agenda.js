// What is ahead of an account: as a line of time with a mark for what comes together, and as a table.

import { h } from "./dom.js";
import { clockTime, count, dayTime, many, millis, short, span } from "./format.js";
import { button, card, channel, choose, empty, icon, status } from "./ui.js";

const MOST = 1_000;
const ZOOMS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const LANES = { status: ["messages", "messages"], attempt: ["callbacks", "callbacks"], act: ["handsets", "reply"] };
const ROUND = [1, 10, 60, 300, 3_600, 21_600, 86_400, 259_200, 864_000, 2_592_000, 31_536_000].map((each) => each * 1_000);
const NEAR = 200; // milliseconds; beyond them each tenfold is as wide on the line, so that a second and days are readable

export function agenda(page) {
  let items, moments, looked, line;
  let most = 25;

  return {
    async load(signal) {
      items = (await page.account.get("/agenda", { limit: MOST + 1 }, { signal })).items;
      moments = items.slice(0, MOST).flatMap((it) => [{ it, ms: millis(it.at) }, ...(it.then ?? []).map((step) => ({ it: { ...it, ...step }, ms: millis(step.at), then: true }))])
        .sort((one, other) => one.ms - other.ms);
    },
    draw() {
      if (!items?.length) return items && card("Ahead", null, empty("Nothing is ahead", "What a send leads to stands here before it happens."));
      const now = page.clock.now();
      return card("Ahead", choose("How far to look ahead", page.params.get("ahead") ?? "", [["", "All that is known"], ...Object.keys(ZOOMS).map((each) => [each, `The next ${each}`])],
        (ahead) => page.filter({ ahead })), lanes(ZOOMS[page.params.get("ahead")], now), table(now));
    },
  };

  function lanes(zoom, now) {
    const far = zoom ?? Math.max(10_000, moments.at(-1).ms - now);
    const place = (ms) => Math.min(1, zoom ? ms / far : Math.log1p(ms / NEAR) / Math.log1p(far / NEAR));
    const slots = Math.max(6, (line?.clientWidth || 800) / 36);
    const shown = moments.filter((each) => each.ms - now <= far);
    const marks = Object.keys(LANES).map((kind) => clusters(shown.filter((each) => each.it.kind === kind), now, place, slots));
    const under = marks.flat().find((each) => each.key === looked);
    return h("figure", { class: "ahead" },
      h("svg", { "aria-hidden": "true", ref: measure }, ticks(zoom, far, place, slots).map(([x, words]) =>
        h("g", { key: words }, h("line", { x1: x, x2: x, y2: "100%" }), h("text", { x, y: "100%", dy: 16 }, words)))),
      Object.values(LANES).map(([name, sign], at) => [h("span", null, icon(sign), h("span", null, name)),
        h("div", { role: "group", "aria-label": `What is ahead of ${name}`, onkeydown: walk }, marks[at].map((each, place) => mark(each, place, now)))]),
      h("figcaption", null, under ? words(under.of, now) : "Point at a mark to read what it is. A click advances the clock to it.",
        shown.length < moments.length && ` ${many(moments.length - shown.length, "thing")} later than this.`, items.length > MOST && ` More come after these ${count(MOST)}.`));
  }

  function measure(node) {
    line = node;
    page.redraw();
  }

  function mark({ key, x, of }, at, now) {
    const look = () => {
      looked = key;
      page.redraw();
    };
    const name = of.every(({ it }) => it.status === of[0].it.status) && of[0].it.status;
    return h("button", { key, type: "button", class: ["mark", of.every((each) => each.then) && "then", name && `is-${name}`], tabindex: at ? "-1" : "0", style: { left: percent(x) },
      "aria-label": `${words(of, now)} Advance to here`, onfocus: look, onpointerenter: look, onclick: () => reach(of.at(-1).it.at) },
    of.reduce((sum, { it }) => sum + (it.count ?? 1), 0).toLocaleString("en", { notation: "compact" }));
  }

  function reach(at) {
    page.advance(millis(at) > page.clock.now() ? { to: at } : { by: 0 });
  }

  function table(now) {
    return [
      h("table", { class: "moments", key: "table" },
        h("thead", null, h("tr", null, ["When", "In", "What and why", "Of", "Advance"].map((each) => h("th", { scope: "col" }, each)))),
        h("tbody", null, items.slice(0, Math.min(most, MOST)).map((it) => row(it, now)))),
      items.length > most && most < MOST && h("div", { key: "more" }, button("Show more", () => {
        most += 100;
        page.redraw();
      })),
    ];
  }

  function row(it, now) {
    const ms = millis(it.at);
    const time = clockTime(ms);
    const href = it.kind === "attempt" ? page.to("callbacks", it.callback_id) : it.count > 1 ? page.to("messages", null, { api_job_id: it.api_job_id }) : page.to("messages", it.message_id);
    return h("tr", { key: `${it.at} ${it.kind} ${it.cohort ?? it.callback_id} ${it.message_id}` },
      h("td", null, dayTime(ms).slice(0, 10) !== dayTime(now).slice(0, 10) && `${dayTime(ms).slice(0, 10)} `, h("time", { datetime: it.at }, time)),
      h("td", null, h("b", null, until(ms - now))),
      h("td", null, h("p", null, it.status ? [many(it.count, "message"), channel(it.type), status(it.status)] : `${many(it.count ?? 1, noun(it))} ${does(it)}`),
        h("small", null, it.why, it.then?.map((each) => `; then ${each.status} ${span(millis(each.at) - ms)} later`))),
      h("td", null, h("a", { href }, it.kind === "attempt" ? `callback ${it.callback_id}` : it.count > 1 ? `job ${short(it.api_job_id)}` : short(it.message_id))),
      h("td", null, button(h("span", null, "Advance to here"), () => reach(it.at), { sign: "next", "aria-label": `Advance to here: ${time}` })));
  }
}

/** What is so near to each other that one mark tells of it. */
function clusters(moments, now, place, slots) {
  const found = [];
  for (const each of moments) {
    const x = place(Math.max(0, each.ms - now));
    const last = found.at(-1);
    if (last && x - last.x < 1 / slots) last.of.push(each);
    else found.push({ key: `${each.it.kind} ${each.ms}`, x, of: [each] });
  }
  return found;
}

/** What a mark tells of, in words; what is the same in one. */
function words(of, now) {
  const sums = new Map();
  for (const { it, ms } of of) {
    const line = `${does(it)} ${until(ms - now)}: ${it.why}.`;
    sums.set(line, [noun(it), (sums.get(line)?.[1] ?? 0) + (it.count ?? 1)]);
  }
  const lines = [...sums].slice(0, 4).map(([line, [name, number]]) => `${many(number, name)} ${line}`);
  return lines.join(" ") + (sums.size > 4 ? ` And ${sums.size - 4} more.` : "");
}

const noun = (it) => ({ status: "message", attempt: "callback" })[it.kind] ?? "handset";
const does = (it) => ({ status: `${it.type} ${it.status}`, attempt: `posted to ${short(it.url ?? "", 80)}, attempt ${it.attempt}` })[it.kind] ?? `${it.act} by ${it.type}`;
const until = (ms) => (ms > 0 ? `in ${span(ms)}` : "now");
const percent = (share) => `${(share * 100).toFixed(2)}%`;

/** Moments ahead that the line names, none too near to the one before. */
function ticks(zoom, far, place, slots) {
  const told = [[0, "now"]];
  for (const ms of zoom ? [1, 2, 3, 4, 5, 6].map((each) => (far / 6) * each) : ROUND) {
    if (ms <= far && (place(ms) - told.at(-1)[0]) * slots > 1.6) told.push([place(ms), span(ms)]);
  }
  return told.map(([x, words]) => [percent(x), words]);
}

/** The arrow keys go from mark to mark. */
function walk(event) {
  const to = { ArrowRight: "nextElementSibling", ArrowLeft: "previousElementSibling" }[event.key];
  if (to) event.target[to]?.focus();
}
