// Columns over time, drawn as SVG: places in percent, so that nothing need be measured.

import { h } from "./dom.js";
import { count, dayTime } from "./format.js";

const SIZES = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400];

const TOWERING = 50; // times the usual column

/** The smallest round number of seconds of which at most so many make up a span. */
export const roundSize = (span, most) => SIZES.find((each) => span / each <= most) ?? Math.ceil(span / most / 86_400) * 86_400;

/** An instant, no finer than seconds of this size need; without its day where all are of one. */
export const label = (second, size, oneDay) =>
  dayTime(second * 1_000).slice(...(size % 86_400 === 0 ? [0, 10] : size % 60 === 0 ? [oneDay ? 11 : 5, 16] : [11]));

const dayOf = ({ at }) => dayTime(at * 1_000).slice(0, 10);

/** 0, and a few round numbers above it, the last no less than `most`. */
function levels(most, isLog) {
  if (isLog) return [0, ...Array.from({ length: Math.ceil(Math.log10(most)) + 1 }, (_, at) => 10 ** at)];
  const ten = 10 ** Math.floor(Math.log10(Math.max(1, most / 4)));
  const step = [1, 2, 5, 10].map((each) => each * ten).find((each) => each >= most / 4);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, at) => at * step);
}

/** Whether one column towers so far above the usual one that the others would be nothing beside it. */
function isTowering(sums) {
  const some = sums.filter(Boolean).sort((one, other) => one - other);
  return some.at(-1) > TOWERING * some[Math.floor((some.length - 1) / 2)];
}

/**
 * A chart. `columns` are {at, counts}, each of `size` seconds; `series` are names, the first at the bottom. `at` is the
 * column that is looked at, `look` is called with another one, `words` says what is in one. `scale` is "linear", "log",
 * or the one of both that shows more. The parts of a column are by their share of it, on either.
 */
export function chart({ title, columns, size, series, at, look, words, marks, scale }) {
  const sums = columns.map(({ counts }) => series.reduce((sum, name) => sum + (counts[name] ?? 0), 0));
  const isLog = scale ? scale === "log" : isTowering(sums);
  const steps = levels(Math.max(1, ...sums), isLog);
  const [top, wide, last] = [steps.at(-1), 100 / columns.length, columns.length - 1];
  const every = roundSize(columns.length * size, marks);
  const oneDay = dayOf(columns[0]) === dayOf(columns[last]);
  const to = (place) => look(Math.max(0, Math.min(last, place)));
  const point = ({ currentTarget, clientX }) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    to(Math.floor(((clientX - left) / width) * columns.length));
  };
  const step = (event) => {
    const place = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, Home: 0, End: last }[event.key];
    if (place === undefined) return;
    event.preventDefault();
    to(place);
  };
  const x = (place) => `${place * wide}%`;
  const high = (number) => (isLog ? Math.log1p(number) / Math.log1p(top) : number / top) * 100;
  const y = (number) => `${100 - high(number)}%`;
  const stack = (counts, place) => {
    const each = high(sums[place]) / sums[place];
    let under = 0;
    return series.filter((name) => counts[name]).map((name) => {
      under += counts[name];
      return h("rect", { key: name, class: ["bar", `is-${name}`], x: x(place + 0.08), width: x(0.84),
        y: `${100 - under * each}%`, height: `${counts[name] * each}%` });
    });
  };
  return h("figure", { class: "plot" }, h("figcaption", null, title, isLog && h("b", null, ", on a logarithmic scale")),
    h("div", { role: "slider", tabindex: "0", "aria-label": title, "aria-valuemin": 0, "aria-valuemax": last, "aria-valuenow": at, "aria-valuetext": words(columns[at]),
      onkeydown: step, onpointermove: point, onpointerdown: point },
      h("svg", { "aria-hidden": "true" },
        steps.map((each) => h("g", { key: `level ${each}` },
          h("line", { x2: "100%", y1: y(each), y2: y(each) }),
          h("text", { class: "level", x: -8, y: y(each), dy: 4 }, count(each)))),
        columns.map((each, place) => each.at % every === 0 && h("g", { key: `tick ${each.at}` },
          h("line", { x1: x(place), x2: x(place), y2: "100%" }),
          h("text", { class: place > 0.96 * last && "end", x: x(place), y: "100%", dy: 18 },
            label(each.at, every, oneDay)))),
        h("rect", { key: "at", class: "at", x: x(at), width: x(1), height: "100%" }),
        columns.map((each, place) => sums[place] > 0 && h("g", { key: each.at }, stack(each.counts, place))))),
    h("p", null, words(columns[at])));
}
