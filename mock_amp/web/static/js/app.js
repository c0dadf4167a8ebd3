// The page: where somebody is, whose account it is, what is heard of it, and when what is drawn again.

import { Account, call, isKept, keepKey, Problem } from "./api.js";
import { Clock } from "./ticking.js";
import { h, render } from "./dom.js";
import { History } from "./history.js";
import { Live } from "./live.js";
import { read, write } from "./route.js";
import { frame } from "./shell.js";
import { attempt, button, field, problem, say, styled } from "./ui.js";

const VIEWS = {
  messages: () => import("./messages.js"),
  requests: () => import("./requests.js"),
  callbacks: () => import("./callbacks.js"),
  certify: () => import("./certify.js"),
  clock: () => import("./clock.js"),
  scenario: () => import("./scenario.js"),
  activity: () => import("./activity.js"),
  send: () => import("./send.js"),
  rules: () => import("./rules.js"),
  account: () => import("./account.js"),
};
const PAUSE = 350;

/** What the views have of the page. A view is `open(page)`: {title, listens, load(signal), draw(), changed?(), end?()}. Its module may name a `sheet`. */
class Page {
  constructor() {
    this.route = read(location.hash);
    this.clock = new Clock();
    this.history = new History();
    this.connection = "connecting";
    this.accounts = [];
    this.width = matchMedia("(min-width: 1080px)");
  }

  /** Whether there is room for a list and one of its items side by side. */
  get isWide() {
    return this.width.matches;
  }

  get params() {
    return this.route.params;
  }

  /** The address of a view of this account; without `params` it has no filters. */
  to(view, id, params = {}) {
    return write(view, id, { account: this.account?.id, ...params });
  }

  /** The address of another item of this view, its filters kept. */
  item(id, view = this.route.view) {
    return write(view, id, this.params);
  }

  go(address) {
    location.hash = address;
  }

  /** Changes filters of the view in the address bar; empty ones go. */
  filter(changes) {
    const params = new URLSearchParams(this.params);
    for (const [name, value] of Object.entries(changes)) value ? params.set(name, value) : params.delete(name);
    history.replaceState(null, "", write(this.route.view, null, params));
    this.moved();
  }

  /** Draws again, once, with the next picture. */
  redraw() {
    this.drawing ??= requestAnimationFrame(() => {
      this.drawing = undefined;
      this.draw();
    });
  }

  draw() {
    render(document.getElementById("app"), frame(this, this.key ? this.key() : this.failure ? this.wrong() : this.view?.draw()));
    this.view?.settle?.();
    const name = this.view?.title ?? "mock-amp";
    document.title = this.connection === "lost" ? `… ${name} · mock-amp` : `${name} · mock-amp`;
    document.body.dataset.connection = this.connection;
  }

  wrong() {
    return h("div", { class: "view" }, problem(this.failure, () => this.reload()));
  }

  /** Begins: reads the accounts, follows the one that the address names. */
  async start() {
    addEventListener("hashchange", () => this.moved());
    addEventListener("online", () => this.live?.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.live?.hurry());
    this.width.addEventListener("change", () => this.redraw());
    setInterval(() => document.hidden || this.clock.mode === "frozen" || this.redraw(), 1_000);
    await this.choose();
  }

  /** Takes up the account of the address. */
  async choose() {
    this.live?.end();
    this.account = new Account(this.params.get("account") ?? "default");
    this.history.clear();
    this.failure = this.told = this.lastAdvance = undefined;
    this.live = new Live(this.account.id, {
      event: (kind, data) => this.heard(kind, data),
      state: (state) => this.connected(state),
      problem: (error) => this.refused(error),
    });
    await this.open();
  }

  async moved() {
    const before = this.route;
    this.route = read(location.hash);
    if ((this.params.get("account") ?? "default") !== this.account.id) return this.choose();
    if (before.view !== this.route.view || !this.view) return this.open();
    this.view.changed?.(before);
    await this.reload();
    if (before.id !== this.route.id) this.focusMain();
  }

  /** Opens the view of the address. */
  async open() {
    this.view?.end?.();
    this.view = undefined;
    const name = this.route.view;
    try {
      const { open, sheet } = await (VIEWS[name] ?? VIEWS.messages)();
      if (sheet) await styled(sheet);
      if (name !== this.route.view) return;
      this.view = open(this);
    } catch (error) {
      this.failure = error;
    }
    this.draw();
    await this.reload();
    this.focusMain();
  }

  /** A reader of the screen hears what is there now; whoever types somewhere else is left alone. */
  focusMain() {
    const seen = [...document.querySelectorAll("main h1")].filter((each) => each.offsetParent);
    if (this.begun && document.activeElement?.matches("nav a, body, .rows a")) seen.at(this.route.id ? -1 : 0)?.focus();
    this.begun = true;
  }

  /** Reads anew what the view shows. A later call takes the place of an earlier one. */
  async reload() {
    this.loading?.abort();
    const { signal } = (this.loading = new AbortController());
    clearTimeout(this.soon);
    this.soon = undefined;
    document.body.dataset.busy = "true"; // for tests, which look once it is gone
    try {
      await Promise.all([this.account_(signal), this.view?.load?.(signal)]);
      this.failure = this.key = undefined;
      document.body.dataset.ready = "true";
    } catch (error) {
      if (error.name === "AbortError" || signal.aborted) return;
      this.refused(error);
    } finally {
      if (this.loading?.signal === signal) this.loading = undefined;
    }
    if (this.stale) this.later();
    else delete document.body.dataset.busy;
    this.redraw();
  }

  async account_(signal) {
    if (this.told) return;
    const asked = performance.now();
    const [told, accounts, { service_port: port }] = await Promise.all([
      this.account.get("", {}, { signal }), call("GET", "/__admin/accounts", { signal }), call("GET", "/__admin", { signal })]);
    this.told = told;
    this.service = port ? `http://${location.hostname}:${port}` : location.origin;
    this.accounts = accounts.items;
    this.clock.set(told.clock, asked);
  }

  refused(error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) this.key = () => askForKey(this, error);
    else if (error.status !== 0 || !this.told) this.failure = error; // what is drawn stays while nobody answers
    document.body.dataset.ready = "true";
    this.redraw();
  }

  /** Something came about. What the view shows is read again, at most every so often. */
  heard(kind, data) {
    this.history.add(kind, data);
    if (kind === "clock") this.clock.set(data, performance.now());
    else if (data.at) this.clock.reach(data.at);
    if (["scenario", "reset", "gap"].includes(kind)) this.told = undefined;
    if (kind === "reset") this.view?.renew?.();
    if (kind === "gone") return say("This account was deleted.", "bad");
    const means = this.view?.listens ?? [];
    if (means.includes(kind) || !this.told) this.later();
    else if (kind === "clock") this.redraw();
  }

  later() {
    this.stale = true;
    document.body.dataset.busy = "true";
    if (this.loading || this.soon) return;
    this.soon = setTimeout(() => {
      this.stale = false;
      this.reload();
    }, PAUSE);
  }

  connected(state) {
    const before = this.connection;
    this.connection = state;
    if (state === "open" && before !== "open") {
      this.told = undefined;
      this.later();
    }
    this.redraw();
  }

  /** Moves the clock, one move at a time; says what happened on the way, or tells `failed` why it did not move. */
  async advance(wish, failed) {
    if (this.advancing) return;
    const { account } = this;
    this.advancing = wish;
    const slow = setTimeout(() => this.redraw(), 150); // a quick one need not show that it is under way
    const done = await attempt(() => account.post("/clock/advance", { ...wish, limit: 200 }), (told) => {
      const events = told.events_total;
      return events ? `${events === 1 ? "One thing" : `${events} things`} happened on the way` : "Nothing happened on the way";
    }, failed);
    clearTimeout(slow);
    this.advancing = undefined;
    if (done && account === this.account) {
      this.clock.set({ now: done.now }, performance.now());
      this.lastAdvance = done;
    }
    this.later();
    this.redraw();
  }
}

function askForKey(page, error) {
  const send = (event) => {
    event.preventDefault();
    keepKey(new FormData(event.currentTarget).get("key"));
    page.key = undefined;
    page.choose();
  };
  return h("form", { class: "view narrow", onsubmit: send },
    h("h1", { tabindex: "-1" }, "This control plane wants its key"), isKept() && problem(new Problem(401, { title: "That is not the key", detail: error.message })),
    field("Admin key", h("input", { name: "key", type: "password", autocomplete: "current-password", required: true, autofocus: true }),
      "What the server was started with: --admin-key, or MOCK_AMP_ADMIN_KEY. It is kept for this tab alone."),
    h("div", null, button("Open", null, { kind: "main", type: "submit" })));
}

const page = new Page();
page.start();
