// What has been heard of an account, for the chart: counts by second of its clock, so that it stays small.

import { millis } from "./format.js";

const MOST = 20_000;

export class History {
  constructor() {
    this.clear();
  }

  clear() {
    this.seconds = new Map();
    this.missed = 0;
  }

  /**
   * Counts an event: requests, refused ones, statuses by name, callback attempts. A message is accepted once (INTERNAL),
   * whatever its channels say.
   */
  add(kind, data) {
    if (kind === "reset" || (kind === "gap" && data.missed === null)) this.clear();
    if (kind === "status" && data.status === "ACCEPTD" && data.type !== "INTERNAL") return;
    const what = { request: data.rule ? "refused" : "accepted", status: data.status, attempt: data.outcome }[kind];
    if (kind === "gap" || data.evicted) this.missed += data.evicted ? 1 : data.missed ?? 0;
    else if (what) this.count(Math.floor(millis(data.at) / 1_000), what, data.count ?? 1);
  }

  count(second, what, many) {
    const counts = this.seconds.get(second) ?? {};
    counts[what] = (counts[what] ?? 0) + many;
    this.seconds.set(second, counts);
    if (this.seconds.size > MOST) this.seconds.delete(this.seconds.keys().next().value);
  }

  /** The first second that is known of. */
  get first() {
    return this.seconds.keys().next().value;
  }

  /** Columns of `size` seconds from one second to another: [{at, counts}], all of them, empty ones too. */
  columns(from, to, size) {
    const found = [];
    for (let at = from; at < to; at += size) found.push({ at, counts: {} });
    for (const [second, counts] of this.seconds) {
      const column = found[Math.floor((second - from) / size)];
      if (column) for (const name in counts) column.counts[name] = (column.counts[name] ?? 0) + counts[name];
    }
    return found;
  }
}
