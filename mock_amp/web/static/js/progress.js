// How far a job is: a bar with a share for each status, and the same in words.

import { h } from "./dom.js";
import { count } from "./format.js";
import { status } from "./ui.js";

const isDone = (job) => job.finished === job.count;

/** Of how many messages of a job nothing more is to come. */
export const atRest = (job) => (isDone(job) ? "all at rest" : `${count(job.finished)} of ${count(job.count)} at rest`);

/** The bar and beneath it what it shows; with `choose` each status is a button that shows its messages. */
export function progress(job, choose) {
  const words = job.statuses.map((each) => `${count(each.count)} ${each.type} ${each.status}`).join(", ");
  const shares = new Map();
  for (const each of job.statuses) shares.set(each.status, (shares.get(each.status) ?? 0) + each.count);
  const [[most, share], ...others] = [...shares].sort(([, one], [, other]) => other - one);
  const bar = h("span", { class: "progress", role: "img", "aria-label": `${atRest(job)}: ${words}`, title: words },
    [[most, share], ...others].map(([name, size]) =>
      h("i", { key: name, class: `is-${name}`, style: { "flex-grow": String(size) } })));
  const told = [others.length > 0 && `${count(share)} `, `${most} · `, isDone(job) ? "all" : count(job.finished), " at rest"];
  if (!choose) return h("span", { class: "standing" }, bar, h("small", null, told));
  return h("div", { class: "standing" }, bar,
    h("small", null, atRest(job), !isDone(job) && ": no other status is to come"),
    h("ul", { class: "legend" }, job.statuses.map((each) =>
      h("li", { key: `${each.type} ${each.status} ${each.error_code}` },
        h("button", { type: "button", onclick: () => choose(each) },
          status(each.status), h("span", null, each.type), h("b", null, count(each.count)))))));
}
