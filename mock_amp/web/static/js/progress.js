// How far a job is: a bar with a share for each status, and the same in words.

import { h } from "./dom.js";
import { count } from "./format.js";
import { status } from "./ui.js";

/** The bar; with `choose` each status is a button that shows its messages. */
export function progress(job, choose) {
  const words = job.statuses.map((each) => `${count(each.count)} ${each.type} ${each.status}`).join(", ");
  const bar = h("span", { class: "progress", role: "img", "aria-label": `${count(job.finished)} of ${count(job.count)} at rest: ${words}`, title: words },
    job.statuses.map((each) => h("i", { key: `${each.type} ${each.status} ${each.error_code}`, class: `is-${each.status}`, style: { "flex-grow": String(each.count) } })));
  if (!choose) return h("span", { class: "standing" }, bar, h("small", null, `${count(job.finished)} / ${count(job.count)}`));
  return h("div", { class: "standing" }, bar,
    h("ul", { class: "legend" }, job.statuses.map((each) =>
      h("li", { key: `${each.type} ${each.status} ${each.error_code}` },
        h("button", { type: "button", onclick: () => choose(each) }, status(each.status), h("span", null, each.type), h("b", null, count(each.count)))))));
}
