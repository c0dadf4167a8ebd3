// The admin key, for a server that wants one.

import { isKept, keepKey, Problem } from "./api.js";
import { h } from "./dom.js";
import { button, field, problem } from "./ui.js";

/** What is there instead of a view. */
export function asked(page) {
  const send = (event) => {
    event.preventDefault();
    keepKey(new FormData(event.currentTarget).get("key"));
    page.key = undefined;
    page.choose();
  };
  return h("form", { class: "view narrow", onsubmit: send },
    h("h1", { tabindex: "-1" }, "This control plane wants its key"),
    isKept() && problem(new Problem(401, { title: "That is not the key", detail: "This server was started with another one." })),
    field("Admin key", h("input", { name: "key", type: "password", autocomplete: "current-password", required: true, ref: (node) => node.focus() }),
      "What the server was started with: --admin-key, or MOCK_AMP_ADMIN_KEY. It is kept for this tab alone."),
    h("div", null, button("Open", null, { kind: "main", type: "submit" })));
}
