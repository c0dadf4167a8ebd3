// How far a job is: a bar with a share for each status, and the same in words.

import { h } from "./dom.js";
import { count } from "./format.js";
import { status } from "./ui.js";

/** Of how many messages of a job nothing more is to come. */
export const atRest = (job) => `${job.finished < job.count ? `${count(job.finished)} of ${count(job.count)}` : "all"} at rest`;

/** The bar and beneath it what it shows; with `choose` each status is a button that shows its messages. */
export function progress(job, choose) {
  const words = job.statuses.map((each) => `${count(each.count)} ${each.type} ${each.status}`).join(", ");
  const shares = [...Map.groupBy(job.statuses, (each) => each.status)].map(([name, all]) => [name, all.reduce((sum, each) => sum + each.count, 0)]);
  shares.sort(([, one], [, other]) => other - one);
  const [[most, share]] = shares;
  const bar = h("span", { class: "progress", role: "img", "aria-label": `${atRest(job)}: ${words}`, title: words },
    shares.map(([name, size]) => h("i", { key: name, class: `is-${name}`, style: { "flex-grow": String(size) } })));
  if (!choose) return h("span", { class: "standing" }, bar, h("small", null, `${share < job.count ? `${count(share)} ` : ""}${most} · ${job.finished < job.count ? count(job.finished) : "all"} at rest`));
  return h("div", { class: "standing" }, bar, h("small", null, atRest(job), job.finished < job.count && ": no other status is to come"),
    h("ul", { class: "legend" }, job.statuses.map((each) =>
      h("li", { key: `${each.type} ${each.status} ${each.error_code}` },
        h("button", { type: "button", onclick: () => choose(each) }, status(each.status), h("span", null, each.type), h("b", null, count(each.count)))))));
}
