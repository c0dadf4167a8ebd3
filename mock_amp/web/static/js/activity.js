// What has been going on: statuses, requests and callback attempts over time, as heard of the account.

import { chart, label, roundSize } from "./chart.js";
import { h } from "./dom.js";
import { count, dayTime, many, span as inWords } from "./format.js";
import { card, choose, empty, STATUSES } from "./ui.js";

const SPANS = { "1m": [60, "The last minute"], "10m": [600, "The last 10 minutes"], "1h": [3_600, "The last hour"] };
const CHARTS = { "Status changes": STATUSES, Requests: ["accepted", "refused"], "Callback attempts": ["delivered", "failed"] };
const SCALES = [["", "Scale that fits"], ["linear", "Linear scale"], ["log", "Logarithmic scale"]];
const NOTES = {
  "Status changes": "A message counts once as ACCEPTD, however many channels accept it, and once for each later status.",
};
const SERIES = Object.values(CHARTS).flat();

export const sheet = "clock.css";

export function open(page) {
  const { history } = page;
  let looked, isOpen; // the second whose column is looked at; whether the table is open

  return {
    title: "Activity",
    listens: ["request", "status", "attempt", "reset", "gap"],
    draw() {
      const spans = [["", "All that is known"], ...Object.entries(SPANS).map(([name, [, words]]) => [name, words])];
      return h("div", { class: "view" },
        h("header", { class: "actions" }, h("h1", { tabindex: "-1" }, "Activity"),
          choose("Of what time", page.params.get("span") ?? "", spans, (span) => page.filter({ span })),
          choose("Scale", page.params.get("scale") ?? "", SCALES, (scale) => page.filter({ scale }))),
        history.first === undefined ? empty("Nothing was heard yet", "Statuses, requests and callbacks draw themselves here as they come.") : drawn());
    },
  };

  function drawn() {
    const off = new Set(page.params.get("off")?.split(","));
    const most = innerWidth < 700 ? 30 : 60;
    const end = Math.floor(page.clock.now() / 1_000) + 1;
    const begin = Math.min(end - 1, end - SPANS[page.params.get("span")]?.[0] || history.first);
    const size = roundSize(end - begin, most);
    const columns = history.columns(Math.floor(begin / size) * size, end, size);
    const found = looked === undefined ? -1 : columns.findLastIndex((each) => each.at <= looked);
    const totals = Object.fromEntries(SERIES.map((name) => [name, columns.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0)]));
    const look = (place) => {
      if (columns[place].at === looked) return;
      looked = columns[place].at;
      page.redraw();
    };
    const [first, ...others] = Object.entries(CHARTS).map(([title, names]) => {
      const series = names.filter((name) => !off.has(name));
      return card(title, null, legend(names, totals, off), NOTES[title] && h("small", null, NOTES[title]), chart({
        title: `${title} in each ${inWords(size * 1_000)}`, columns, size, series, look,
        scale: page.params.get("scale"), at: found < 0 ? columns.length - 1 : found, marks: most / 10,
        words: (column) => words(column, size, series) }));
    });
    return [first, h("div", { class: "sides", key: "others" }, others),
      h("p", { key: "told" }, `Counted are events heard since ${dayTime(history.first * 1_000)}.`,
        history.missed > 0 && ` ${many(history.missed, "event")} could not be counted.`),
      h("details", { key: "figures", ontoggle: ({ currentTarget }) => {
        isOpen = currentTarget.open;
        page.redraw();
      } }, h("summary", null, "The same as a table"), isOpen && table(columns.filter(({ counts }) => Object.keys(counts).length), SERIES.filter((name) => totals[name]), size))];
  }

  function legend(names, totals, off) {
    const turn = (name) => page.filter({ off: SERIES.filter((each) => off.has(each) !== (each === name)).join(",") });
    return h("div", { class: "series", role: "group", "aria-label": "What is drawn" }, names.map((name) =>
      h("button", { type: "button", key: name, "aria-pressed": String(!off.has(name)), onclick: () => turn(name) },
        h("svg", { "aria-hidden": "true" }, h("rect", { class: ["bar", `is-${name}`] })), h("span", null, name), h("b", null, count(totals[name])))));
  }
}

/** What a column holds, in words. */
function words({ at, counts }, size, series) {
  const told = series.filter((name) => counts[name]);
  const rate = told.reduce((sum, name) => sum + counts[name], 0) / size;
  return `${dayTime(at * 1_000)}: ${told.map((name) => `${count(counts[name])} ${name}`).join(", ") || "nothing"}` +
    (rate && size > 1 ? `, ${rate.toLocaleString("en-US", { maximumSignificantDigits: 2 })} per second` : "");
}

const table = (columns, names, size) =>
  h("div", { class: "figures", tabindex: "0", role: "region", "aria-label": "Figures" }, h("table", null,
    h("thead", null, h("tr", null, ["From", ...names].map((name) => h("th", { scope: "col", key: name }, name)))),
    h("tbody", null, columns.reverse().map(({ at, counts }) =>
      h("tr", { key: at }, h("th", { scope: "row" }, label(at, size)), names.map((name) => h("td", { key: name }, count(counts[name] ?? 0))))))));
