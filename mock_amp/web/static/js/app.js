// The page: where somebody is, whose account it is, what is heard of it, and when what is drawn again.

import { Account, call, Problem } from "./api.js";
import { Clock } from "./ticking.js";
import { h, handOn, render } from "./dom.js";
import { History } from "./history.js";
import { Live } from "./live.js";
import { read, write } from "./route.js";
import { frame } from "./shell.js";
import { attempt, problem, say, styled } from "./ui.js";

const VIEWS = new Set(["messages", "requests", "callbacks", "certify", "clock", "scenario", "activity", "send", "rules", "account"]);
const PAUSE = 350;

/** What the views have of the page. A view is `open(page)`: {title, listens, load(signal), draw(), changed?(), renew?(), end?()}. Its module may name a `sheet`. */
class Page {
  constructor() {
    this.route = read(location.hash);
    this.clock = new Clock();
    this.history = new History();
    this.connection = "connecting";
    this.accounts = [];
    this.trail = [location.hash]; // the addresses on the way here
    this.places = new Map(); // where somebody was in the lists, by their addresses
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
    this.trail.splice(-1, 1, location.hash);
    this.moved(false);
  }

  /** Draws again, once, with the next picture. Rows that are scrolled to may have changed since they were read. */
  redraw(scrolled = false) {
    if (scrolled && this.eventful) this.later();
    this.drawing ??= requestAnimationFrame(() => {
      this.drawing = undefined;
      this.draw();
    });
  }

  draw() {
    const seen = this.key ? this.key() : this.failure ? this.wrong() : this.view?.draw();
    render(document.getElementById("app"), frame(this, seen));
    this.view?.settle?.();
    this.focus();
    const name = this.view?.title ?? "mock-amp";
    document.title = this.connection === "lost" ? `… ${name} · mock-amp` : `${name} · mock-amp`;
    this.tell();
  }

  /** For tests, which look once what they ask for is drawn. */
  tell() {
    const { dataset } = document.body;
    dataset.connection = this.connection;
    if (this.isReady) dataset.ready = "true";
    if ((this.view || this.failure) && !this.loading && !this.stale) delete dataset.busy;
  }

  wrong() {
    return h("div", { class: "view" }, problem(this.failure, () => (this.view ? this.reload() : this.open())));
  }

  /** Begins: reads the accounts, follows the one that the address names. */
  async start() {
    addEventListener("hashchange", () => this.moved());
    addEventListener("keydown", (event) => this.pressed(event));
    addEventListener("online", () => this.live?.hurry());
    document.addEventListener("visibilitychange", () => this.live?.look());
    this.width.addEventListener("change", () => this.redraw());
    const forced = matchMedia("(forced-colors: active)");
    const force = () => forced.matches && styled("forced.css");
    forced.addEventListener("change", force);
    force();
    setInterval(() => document.hidden || this.clock.mode === "frozen" || this.redraw(), 1_000);
    await this.choose();
  }

  /** Takes up the account of the address. */
  async choose() {
    this.live?.end();
    this.loading?.abort();
    this.account = new Account(this.params.get("account") ?? "default");
    this.history.clear();
    this.failure = this.told = this.lastAdvance = this.advancing = undefined;
    this.live = new Live(this.account.id, {
      event: (kind, data) => this.heard(kind, data),
      state: (state) => this.connected(state),
      problem: (error) => this.refused(error),
    });
    await this.open();
  }

  /** The address is another one: by a link or by the browser, or by filters, which keep the focus where it is. */
  async moved(byLink = true) {
    const before = this.route;
    this.route = read(location.hash);
    if (byLink) this.wanted = this.way(before);
    if ((this.params.get("account") ?? "default") !== this.account.id) return this.choose();
    if (before.view !== this.route.view || !this.view) return this.open();
    this.view.changed?.(before);
    await this.reload();
  }

  /** What is to have the focus once it is there: the heading, or going back the link that somebody had come by. */
  way(before) {
    const from = this.trail.at(-1);
    const at = this.trail.lastIndexOf(location.hash);
    const isClosed = before.view === this.route.view && before.id && !this.route.id;
    if (at < 0) this.trail.push(location.hash);
    else this.trail.length = at + 1;
    return { link: at >= 0 || isClosed ? from : null };
  }

  /** Escape closes what is open, unless it means something to what has the focus. */
  pressed({ key, target, defaultPrevented }) {
    const isFor = target.matches("select") || (target.matches("input, textarea") && target.value);
    if (key !== "Escape" || !this.route.id || isFor || defaultPrevented || document.querySelector("dialog[open]")) return;
    this.go(this.item(null));
  }

  /** Opens the view of the address. */
  async open() {
    this.view?.end?.();
    this.view = undefined;
    this.eventful = false;
    document.body.dataset.busy = "true";
    const name = this.route.view;
    const file = `./${VIEWS.has(name) ? name : "nowhere"}.js`;
    try {
      const { open, sheet } = await import(this.unread === file ? `${file}?again=${performance.now()}` : file);
      if (sheet) await styled(sheet);
      if (name !== this.route.view) return;
      this.view = open(this);
      this.unread = this.failure = undefined;
    } catch {
      this.unread = file; // a browser may remember that it could not read a module
      this.failure = new Problem(0, { title: "This view could not be read", detail: "mock-amp does not answer" });
      this.isReady = true;
      return this.redraw();
    }
    this.draw();
    document.querySelector(".views [aria-current]")?.scrollIntoView({ block: "nearest" });
    await this.reload();
  }

  /** A reader of the screen hears what is there now; whoever types somewhere is left alone. */
  focus() {
    if (!this.arrived) return this.wanted ? undefined : handOn();
    const { link } = this.arrived;
    this.arrived = undefined;
    if (document.activeElement?.matches("input, select, textarea, dialog *")) return;
    const seen = (of) => [...document.querySelectorAll(`main ${of}`)].filter((each) => each.offsetParent);
    const back = link && seen("a").find((each) => each.hash === link && !each.closest("header"));
    const goal = back || seen(":is(h1, li.current[tabindex])").at(this.route.id ? -1 : 0) || document.querySelector("main");
    if (!goal.contains(document.activeElement)) goal.focus(); // or somebody was there before, and has gone on in it
  }

  /** Reads anew what the view shows. A later call takes the place of an earlier one. */
  async reload() {
    this.loading?.abort();
    const { signal } = (this.loading = new AbortController());
    clearTimeout(this.soon);
    this.soon = undefined;
    document.body.dataset.busy = "true";
    try {
      await Promise.all([this.account_(signal), this.view?.load?.(signal)]);
      this.failure = this.key = undefined;
      this.isReady = true;
    } catch (error) {
      if (error.name === "AbortError" || signal.aborted) return;
      this.refused(error);
    } finally {
      if (this.loading?.signal === signal) this.loading = undefined;
    }
    if (this.view && this.wanted) [this.arrived, this.wanted] = [this.wanted];
    if (this.stale) this.later();
    this.redraw();
  }

  async account_(signal) {
    if (this.told && !this.isOld) return;
    const [asked, { account }] = [performance.now(), this];
    const [told, accounts, { service_port: port }] = await Promise.all([
      this.account.get("", {}, { signal }), call("GET", "/__admin/accounts", { signal }), call("GET", "/__admin", { signal })]);
    if (account !== this.account) return;
    this.told = told;
    this.isOld = false;
    this.service = port ? `http://${location.hostname}:${port}` : location.origin;
    this.accounts = accounts.items;
    this.clock.set(told.clock, asked);
  }

  /** Accounts that others have opened since: somebody is about to pick one. */
  async lookAround() {
    const { items } = await call("GET", "/__admin/accounts").catch(() => ({}));
    if (items && items.length !== this.accounts.length) this.accounts = items;
    this.redraw();
  }

  refused(error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) import("./key.js").then(({ asked }) => ((this.key = () => asked(this)), this.redraw()));
    else if (error.status !== 0 || !this.told) this.failure = error; // what is drawn stays while nobody answers
    this.isReady = true;
    this.redraw();
  }

  /** Something came about. What the view shows is read again, at most every so often. */
  heard(kind, data) {
    this.history.add(kind, data);
    if (kind === "clock") this.clock.set(data, performance.now());
    else if (data.at) this.clock.reach(data.at);
    this.eventful = true;
    if (["scenario", "reset", "gap"].includes(kind)) this.isOld = true;
    if (kind === "reset") this.view?.renew?.();
    if (kind === "gap" && data.missed === null) (this.view?.doubt ?? this.view?.renew)?.(); // another life, perhaps
    if (kind === "gone") return say("This account was deleted.", "bad");
    const means = this.view?.listens ?? [];
    if (means.includes(kind) || this.isOld) this.later();
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
      this.isOld = true;
      this.view ? this.later() : this.unread && this.open();
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
    if (this.advancing === wish) this.advancing = undefined;
    if (done && account === this.account) {
      this.clock.set({ now: done.now }, performance.now());
      this.lastAdvance = done;
    }
    this.later();
    this.redraw();
  }
}

const page = new Page();
page.start();
