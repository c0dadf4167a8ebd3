// The account's clock, as it goes on between two looks at it.

import { millis } from "./format.js";

export class Clock {
  constructor() {
    this.told = { mode: "real", rate: 1, now: new Date().toISOString() };
    this.shown = Date.now();
    this.since = performance.now();
  }

  get mode() {
    return this.told.mode;
  }

  /** What it shows, in milliseconds since 1970. */
  now() {
    const rate = { frozen: 0, real: 1 }[this.mode] ?? this.told.rate;
    return this.shown + (performance.now() - this.since) * rate;
  }

  /** What the control plane told of it at a moment of performance.now(). */
  set(told, at) {
    this.told = { ...this.told, ...told };
    this.shown = millis(told.now);
    this.since = at;
  }

  /** Something happened at this instant, so it is no earlier. */
  reach(instant) {
    const at = millis(instant);
    if (at <= this.now()) return;
    this.shown = at;
    this.since = performance.now();
  }
}
