// An address that asks for a view that there is not.

import { h } from "./dom.js";

export const open = ({ route: { view } }) => ({
  title: "No such view",
  listens: [],
  draw: () => h("div", { class: "view" }, h("h1", { tabindex: "-1" }, "There is no such view"),
    h("p", null, "The address asks for ", h("code", null, view.slice(0, 100)), ". The list of views has those that there are.")),
});
