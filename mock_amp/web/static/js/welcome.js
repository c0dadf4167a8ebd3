// The first visit: no message yet, and how one comes in.

import { h } from "./dom.js";
import { button } from "./ui.js";
import { ways } from "./ways.js";

export const welcome = (page) =>
  h("div", { class: "view welcome", key: "welcome" },
    h("div", null, h("h2", null, "No message yet"),
      h("p", { class: "dim" }, "Whatever your application sends shows up here at once, as the handset would show it. Three ways to send the first one:")),
    ways(page),
    h("p", null, button("Or send one from this page", () => page.go(page.to("send")), { sign: "send", kind: "main" })));
