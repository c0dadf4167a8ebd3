// What is around every view: the account, its clock with the buttons that move it, the connection, the way to the views.

import { keep, kept } from "./api.js";
import { h } from "./dom.js";
import { clockTime, dayTime } from "./format.js";
import { button, choose, icon } from "./ui.js";

const NAMES = {
  messages: "Messages", requests: "Requests", callbacks: "Callbacks", clock: "Clock", scenario: "Scenario",
  activity: "Activity", send: "Send", rules: "Rules",
};
const UNDER = { certify: "callbacks" }; // views that are part of another one
const CONNECTION = { open: "Live", connecting: "Connecting…", lost: "Connection lost, trying again…", off: "Not connected" };
const STEPS = [["+1s", { by: "1s" }, "Advance by one second"], ["+1m", { by: "1m" }, "Advance by one minute"],
  ["+5m", { by: "5m" }, "Advance by five minutes"], ["Next", { until: "next" }, "Advance to the next thing that happens", "next"],
  ["Idle", { until: "idle" }, "Advance until nothing more happens", "idle"]];
const THEMES = { auto: "light", light: "dark", dark: "auto" };
const SAVED = "mock-amp theme";

const MOST = 200;

let picker = {};
let theme = kept("localStorage", SAVED) ?? "auto";
document.documentElement.dataset.theme = theme;

export const frame = (page, view) => [
  h("button", { class: "skip", type: "button", onclick: () => document.querySelector("main").focus() }, "Skip to the view"),
  h("header", { class: ["top", page.key && "locked"] },
    h("a", { class: "brand", "aria-label": "mock-amp", href: page.to("messages") }, h("img", { src: "/__admin/ui/icon.svg", alt: "", width: "24", height: "24" }), h("span", null, "mock-amp")),
    accounts(page), clock(page), connection(page),
    button(`Colours: ${theme}`, () => turn(page), { sign: "theme", iconOnly: true, kind: "plain" })),
  h("nav", { class: "views", "aria-label": "Views" }, Object.entries(NAMES).map(([name, words]) =>
    h("a", { key: name, href: page.to(name), "aria-current": current(page, name) }, icon(name), h("span", null, words)))),
  h("main", { tabindex: "-1", "data-view": page.route.view }, view),
];

/** Whether a view is the one that is seen, or has it as a part. */
const current = ({ route: { view } }, name) => (view === name ? "page" : UNDER[view] === name ? "true" : null);

/** The newest accounts; the view of the account has all. Drawn once, however often the page is drawn. */
function accounts(page) {
  const id = page.account?.id ?? "default";
  if (picker.of !== page.accounts || picker.id !== id || picker.view !== page.route.view) {
    const newest = page.accounts.slice(-MOST).map((each) => each.id).reverse();
    const all = [...new Set([...(newest.includes(id) ? [] : [id]), "default", ...newest])];
    picker = { of: page.accounts, id, view: page.route.view, drawn: picked(page, all) };
  }
  return picker.drawn;
}

function picked(page, all) {
  return h("div", { class: "account" },
    choose("Account", page.account?.id, all, (id) => page.go(page.to(page.route.view, null, { account: id })), {
      onpointerenter: () => page.lookAround(), onfocus: () => page.lookAround() }),
    h("a", { class: "button plain", href: page.to("account"), "aria-label": "Account", "aria-current": current(page, "account"),
      title: "This account, its tokens, and new ones" }, icon("account"), h("span", null, "Account")));
}

function clock(page) {
  const { mode, rate } = page.clock.told;
  const [day, now] = [dayTime(page.clock.now()).slice(0, 10), clockTime(page.clock.now())];
  return h("div", { class: ["clock", !page.accounts.length && "unknown"], role: "group", "aria-label": "The account's clock" },
    h("a", { class: ["now", `mode-${mode}`], href: page.to("clock"), title: `The account's clock, UTC: ${day} ${now}` },
      h("span", { class: "day" }, day), h("time", { datetime: `${day}T${now}Z` }, mode === "frozen" ? now : now.slice(0, 8)),
      h("span", { class: "mode" }, mode === "scaled" ? `×${rate}` : mode)),
    steps(page));
}

/** The buttons that move the clock; while one move is under way, there is no other. */
export const steps = (page) =>
  h("div", { class: "steps" }, STEPS.map(([words, wish, title, sign]) =>
    button(words, () => page.advance(wish), { key: words, title, sign, ...underWay(page, page.advancing === wish) })));

/** What a button says of itself while the clock is moved. It keeps the focus, so it is not `disabled`. */
export const underWay = ({ advancing }, byThis) => ({ "aria-disabled": advancing ? "true" : null, "aria-busy": advancing && byThis ? "true" : null });

const connection = (page) =>
  h("div", { class: ["connection", `is-${page.connection}`], role: "status", title: CONNECTION[page.connection] },
    h("span", null, page.connection === "lost" ? [h("i", null, "Connection "), "lost, trying again…"] : CONNECTION[page.connection]));

function turn(page) {
  theme = THEMES[theme];
  keep("localStorage", SAVED, theme);
  document.documentElement.dataset.theme = theme;
  page.redraw();
}
