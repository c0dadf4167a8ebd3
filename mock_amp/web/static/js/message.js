// One message: the handset, what became of it and why, what was posted, how it was sent, and what can be done with it.

import { h } from "./dom.js";
import { isCut, many, short } from "./format.js";
import { handset } from "./handset.js";
import { isFresh } from "./messages.js";
import { callbacks, failure, route, Texts, timeline } from "./story.js";
import { attempt, button, card, channel, copy, facts, icon, problem, say, status } from "./ui.js";

export function opened(page, id) {
  const texts = new Texts(() => page.redraw());
  const phone = handset(page, id);
  const at = `/messages/${encodeURIComponent(id)}`;
  let it, sent, trouble, forced;

  async function load(signal) {
    const get = (path, params) => page.account.get(path, params, { signal });
    try {
      it = await get(at);
      trouble = undefined;
    } catch (error) {
      if (![404, 410].includes(error.status)) throw error;
      it = undefined;
      trouble = error;
      return;
    }
    sent ??= (await get("/requests", { api_job_id: it.api_job_id, limit: 1 })).items[0];
  }

  const postAgain = (callback) => attempt(async () => {
    await page.account.post(`/callbacks/${callback.id}/resend`);
    await page.reload();
  }, "Posted again");

  async function again() {
    const told = await attempt(() => page.account.post(`/requests/${sent.id}/resend`));
    if (!told) return;
    const { status: answered, body } = told.answer;
    const wire = told.answer.on_the_wire;
    say(`Sent again: answered ${answered}${wire ? `, and ${wire}` : ""}`, answered === 200 && !wire ? "" : "bad");
    const found = answered === 200 && newId(body);
    if (found) page.go(page.item(found));
  }

  /** The message in an answer, which a scenario may have spoilt. */
  function newId(body) {
    try {
      return JSON.parse(body).results?.[it.to]?.message_id;
    } catch {
      return null;
    }
  }

  async function force() {
    const { forcing } = await import("./force.js");
    const it = forcing(page, at, () => {
      if (forced === it) forced = undefined;
      page.draw();
    });
    forced = it;
    page.redraw();
  }

  const named = (text, href) => text && h("span", { class: "named" },
    h(href ? "a" : "span", { class: "mono", href, title: text }, short(text, 20)), copy(text, "Copy", { iconOnly: true, kind: "plain" }));

  const ofJob = (name) => named(it[name], page.to("messages", null, { [name]: it[name] }));

  const head = (...more) => h("header", { class: "message-head" },
    h("a", { class: "button plain square", href: page.item(null), "aria-label": "Back to the list", title: "Back to the list" },
      icon(page.isWide ? "cross" : "back")), more);

  const request = () => card("Original request",
    sent && [copy(sent.body, "Copy body"),
      !isCut(sent.body) && copy(async () => (await import("./curl.js")).asCurl(page, sent), "Copy as curl"),
      button("Send again", again, { sign: "again" })],
    sent ? [
      h("small", null, h("a", { href: page.to("requests", sent.id) }, `Request ${sent.id}`), ` · ${sent.method} ${sent.path} · token ${sent.token}`),
      texts.fold("request", `Its body: ${many(sent.body.length, "character")}`, () => texts.view("request", sent.body)),
    ] : h("small", null, "The journal does not have it any more."));

  const whole = () => h("article", { class: "message", key: "message" },
    head(h("h1", { tabindex: "-1" }, it.to), channel(it.type), status(it.status), failure(it),
      isFresh(it) && h("small", null, `goes to ${it.channels[0]} first`),
      it.legal.length > 0 && button("Force a status", force, { sign: "force" })),
    facts(["From", it.from], ["Message", named(it.id)], ["Job", ofJob("api_job_id")],
      it.client_job_id && ["Your job_id", ofJob("client_job_id")], it.custom_id && ["Your custom_id", named(it.custom_id)]),
    h("div", { class: "shown" }, phone.draw(it, sent), card("Route", null, route(it))),
    h("div", { class: "story" }, card("Timeline", null, timeline(page, it)),
      card("Callbacks", null, callbacks(page, it, texts, postAgain)), request()), forced?.(it));

  return {
    id,
    load,
    draw: () => (it ? whole() : trouble && [head(h("h1", { tabindex: "-1" }, `Message ${id}`)), problem(trouble)]),
  };
}
