// Forcing a status: a message becomes what it can become by now.

import { Problem } from "./api.js";
import { dialog } from "./dialog.js";
import { h } from "./dom.js";
import { button, choose, field, meaning, problem, say } from "./ui.js";

const SOUND = ["ACCEPTD", "DELIVRD", "SEEN"]; // the others have an error code (L-7)
const nameOf = (move) => `${move.channel} ${move.status}`;

/** The dialog for the message with this path: what draws it, for the message as it is by then. */
export function forcing(page, path, close) {
  let chosen, refused;

  async function force(event, move) {
    event.preventDefault();
    const form = event.currentTarget;
    const code = new FormData(form).get("error_code");
    try {
      await page.account.post(`${path}/status`, { ...move, ...(code && { error_code: Number(code) }) });
      form.closest("dialog").close();
      say(`It is ${move.status} now`);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      refused = error;
    }
    await page.reload();
  }

  const turn = (name) => {
    chosen = name;
    page.redraw();
  };

  function form(legal) {
    const usual = legal.find((each) => each.status === "DELIVRD") ?? legal[0];
    const move = legal.find((each) => nameOf(each) === chosen) ?? usual;
    const moves = legal.map((each) => [nameOf(each), `${nameOf(each)}: ${meaning(each.status)}`]);
    return h("form", { class: "force", key: "form", onsubmit: (event) => force(event, move) },
      field("It becomes", choose("It becomes", nameOf(move), moves, turn, { autofocus: true })),
      !SOUND.includes(move.status) && h("div", { key: "code" },
        field("Error code", h("input", { name: "error_code", type: "number", placeholder: "The scenario's" }))),
      button("Force it", null, { type: "submit", kind: "main", key: "do" }));
  }

  return ({ legal, status }) => dialog("Force a status", close,
    legal.length ? form(legal) : h("p", { key: "none" }, `Nothing can follow ${status}.`), refused && problem(refused),
    h("small", null, "What its channel had still to come by script is dropped. Reports are owed as always."));
}
