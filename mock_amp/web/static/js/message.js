// One message: the handset, what became of it and why, what was posted, how it was sent, and what can be done with it.

import { Problem } from "./api.js";
import { asCurl, isCut } from "./curl.js";
import { h } from "./dom.js";
import { many, short } from "./format.js";
import { handset } from "./handset.js";
import { callbacks, route, Texts, timeline } from "./story.js";
import { attempt, button, card, channel, choose, copy, dialog, facts, field, icon, problem, say, status, STATUSES } from "./ui.js";

export function opened(page, id) {
  const texts = new Texts(() => page.redraw());
  const phone = handset(page, id);
  const at = `/messages/${encodeURIComponent(id)}`;
  let it, sent, trouble, wish;

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

  const resend = (callback) => attempt(async () => {
    await page.account.post(`/callbacks/${callback.id}/resend`);
    await page.reload();
  }, "Posted again");

  async function again() {
    const told = await attempt(() => page.account.post(`/requests/${sent.id}/resend`));
    if (!told) return;
    const { status: answered, body } = told.answer;
    const found = answered === 200 && JSON.parse(body).results?.[it.to]?.message_id;
    say(`Sent again: answered ${answered}`, answered === 200 ? "" : "bad");
    if (found) page.go(page.item(found));
  }

  async function force(form, { status: to, channel: on, error_code: code }) {
    try {
      await page.account.post(`${at}/status`, { status: to, ...(on && { channel: on }), ...(code && { error_code: Number(code) }) });
      form.closest("dialog").close();
      say(`It is ${to} now`);
      await page.reload();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      wish = error;
      page.redraw();
    }
  }

  const wished = (event) => {
    event.preventDefault();
    force(event.currentTarget, Object.fromEntries(new FormData(event.currentTarget)));
  };

  const forcing = () => dialog("Force a status", () => { wish = undefined; page.redraw(); },
    h("form", { class: "force", onsubmit: wished },
      field("Status", choose("Status", undefined, STATUSES, () => {}, { name: "status", autofocus: true })),
      field("Channel", choose("Channel", undefined, [["", "The one that can report it"], ...it.channels, "INTERNAL"], () => {}, { name: "channel" })),
      field("Error code", h("input", { name: "error_code", type: "number", placeholder: "The usual one" })),
      button("Force it", null, { type: "submit", kind: "main" })),
    wish instanceof Problem && problem(wish),
    wish.told?.legal?.length > 0 && h("div", { class: "actions" }, "What it can become: ", wish.told.legal.map((each) =>
      button(`${each.channel} ${each.status}`, ({ currentTarget }) => force(currentTarget, each), { key: `${each.channel} ${each.status}` }))),
    h("small", null, "What its channel had still to come by script is dropped. Reports are owed as always."));

  const named = (text, href) => text && h("span", { class: "named" },
    h(href ? "a" : "span", { class: "mono", href, title: text }, short(text, 20)), copy(text, "Copy", { iconOnly: true, kind: "plain" }));

  const ofJob = (name) => named(it[name], page.to("messages", null, { [name]: it[name] }));

  const head = (...more) => h("header", { class: "message-head" },
    h("a", { class: "button plain square", href: page.item(null), "aria-label": "Back to the list", title: "Back to the list" },
      icon(page.isWide ? "cross" : "back")), more);

  const request = () => card("Original request",
    sent && [copy(sent.body, "Copy body"), !isCut(sent.body) && copy(() => asCurl(page, sent), "Copy as curl"), button("Send again", again, { sign: "again" })],
    sent ? [
      h("small", null, h("a", { href: page.to("requests", sent.id) }, `Request ${sent.id}`), ` · ${sent.method} ${sent.path} · token ${sent.token}`),
      texts.fold("request", `Its body: ${many(sent.body.length, "character")}`, () => texts.view("request", sent.body)),
    ] : h("small", null, "The journal does not have it any more."));

  const whole = () => h("article", { class: "message", key: "message" },
    head(h("h1", { tabindex: "-1" }, it.to), channel(it.type), status(it.status), it.error_code > 0 && h("small", null, `error ${it.error_code}`),
      button("Force a status", () => { wish = {}; page.redraw(); }, { sign: "next" })),
    facts(["From", it.from], ["Message", named(it.id)], ["Job", ofJob("api_job_id")],
      it.client_job_id && ["Your job_id", ofJob("client_job_id")], it.custom_id && ["Your custom_id", named(it.custom_id)]),
    phone.draw(it, sent),
    h("div", { class: "story" }, card("Timeline", null, timeline(page, it)), card("Route", null, route(it))),
    card("Callbacks", null, callbacks(page, it, texts, resend)), request(), wish && forcing());

  return {
    id,
    load,
    draw: () => (it ? whole() : trouble && [head(h("h1", { tabindex: "-1" }, `Message ${id}`)), problem(trouble)]),
  };
}
