// Dialogs over the page, for the views that have some.

import { h } from "./dom.js";
import { button } from "./ui.js";

/**
 * A dialog over the page; `close` is called when it is closed in whatever way, which the browser may say late. Another
 * `close` is another dialog, so that what is asked again meanwhile is seen.
 */
export const dialog = (title, close, ...kids) =>
  h("dialog", { key: close, "aria-label": title, ref: (node) => node.showModal(), onclose: close,
    onclick: ({ target, currentTarget }) => void (target === currentTarget && currentTarget.close()) }, // false would forbid what a click does
    h("div", { class: "sheet" },
      h("header", null, h("h2", null, title), button("Close", ({ currentTarget }) => currentTarget.closest("dialog").close(), { sign: "cross", iconOnly: true })),
      kids));

/** Asks before something that cannot be undone; `yes` are the words of the button that does it by `go`. */
export const ask = (title, close, yes, go, ...kids) =>
  dialog(title, close, kids, h("div", { class: "actions" },
    button(yes, ({ currentTarget }) => {
      currentTarget.closest("dialog").close();
      go();
    }, { kind: "danger" }),
    button("Cancel", ({ currentTarget }) => currentTarget.closest("dialog").close())));
