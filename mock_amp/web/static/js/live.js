// The event stream, read by fetch: an EventSource could not bring an admin key, nor say why it fails.

import { headers, pathOf, Problem, query } from "./api.js";

const RETRY = [500, 1_000, 2_000, 4_000];
const PATIENCE = 10_000;
const SILENCE = 40_000;
const GRACE = 5_000;

/** Cuts a stream of server-sent events into {id, event, data}; call it with each piece of text. */
export function reader(tell) {
  let rest = "";
  return (text) => {
    const blocks = (rest + text).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const told = {};
      for (const line of block.split("\n")) {
        const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
        if (name) told[name] = name in told ? `${told[name]}\n${value}` : value;
      }
      tell(told);
    }
  };
}

/**
 * Follows an account's events until it is ended, over restarts of the server and its own lost connections.
 *
 * Nobody follows for a page that nobody sees: a browser has six connections to a server, for all of its tabs.
 *
 * `on` has `event(kind, data)`, `state("connecting" | "open" | "lost" | "off")`, and `problem(error)` for what no retry
 * mends; then it is off.
 */
export class Live {
  constructor(account, on) {
    this.account = account;
    this.on = on;
    this.last = "0"; // as far back as is known: the chart begins with that
    this.failed = 0;
    this.stop = new AbortController();
    this.run();
  }

  end() {
    this.ended = true;
    clearTimeout(this.timer);
    clearTimeout(this.leaving);
    this.stop.abort();
  }

  /** Asks again at once: somebody looks at the page again, or the browser says that the net is back. */
  hurry() {
    if (this.waiting) this.again(0);
  }

  /** Whether somebody looks at the page has changed. */
  look() {
    clearTimeout(this.leaving);
    if (!document.hidden) return this.hurry();
    this.leaving = setTimeout(() => {
      this.unseen = true;
      this.stop.abort();
    }, GRACE);
  }

  again(after) {
    clearTimeout(this.timer);
    this.waiting = true;
    this.timer = setTimeout(() => this.run(), after);
  }

  async run() {
    this.waiting = false;
    this.on.state(this.failed ? "lost" : "connecting");
    try {
      await this.listen();
    } catch (error) {
      if (this.ended) return;
      if (error instanceof Problem && error.status >= 400 && error.status < 500) {
        this.on.state("off");
        return this.on.problem(error);
      }
    }
    if (this.ended) return;
    if (this.unseen) {
      this.waiting = !(this.unseen = false);
      return;
    }
    this.on.state("lost");
    this.again(RETRY[Math.min(this.failed++, RETRY.length - 1)]);
  }

  async listen() {
    const stop = (this.stop = new AbortController());
    const patience = setTimeout(() => stop.abort(), PATIENCE);
    const url = pathOf(this.account, "/events") + query({ last_event_id: this.last });
    const answer = await fetch(url, { headers: headers({ Accept: "text/event-stream" }), signal: stop.signal, cache: "no-store" }).finally(() => clearTimeout(patience));
    if (!answer.ok) throw new Problem(answer.status, await answer.json().catch(() => ({})));
    this.failed = 0;
    this.on.state("open");
    const read = reader((told) => this.tell(told));
    const texts = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const silent = setTimeout(() => stop.abort(), SILENCE); // it says something every 15 seconds
      const { done, value } = await texts.read().finally(() => clearTimeout(silent));
      if (done) return;
      read(value);
    }
  }

  tell({ id, event, data }) {
    if (id) this.last = id;
    if (event) this.on.event(event, JSON.parse(data));
  }
}
