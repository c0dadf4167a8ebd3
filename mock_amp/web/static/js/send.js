// Sending from the page: a form that writes the request, the request itself, which may be changed, and the answer.

import { h } from "./dom.js";
import { attempt, button, card, CHANNELS, code, field } from "./ui.js";
import { ways } from "./ways.js";

const IMS = CHANNELS.filter((each) => !["SMS", "INTERNAL"].includes(each));
const PATHS = { "/1/im": "Messages", "/1/sms": "SMS Gateway", "/1/2fa": "Two-factor code" };

/** The body of a request, made of what the form says. */
export function bodyOf(wish) {
  const numbers = wish.to.split(/[\s,;]+/).filter(Boolean).map((number) => ({ number }));
  const sender = wish.from ? { sender_id: wish.from } : {};
  if (wish.path === "/1/2fa") return { client_ref: wish.text, phone_number: numbers[0]?.number ?? "" };
  const im = wish.path === "/1/im" ? wish.channels.map((channel) => ({ channel, content: wish.text, ...sender })) : [];
  const sms = wish.sms || !im.length ? { sms_content: { message: wish.text, ...(wish.unicode && { encoding: "UCS2" }), ...sender } } : {};
  return {
    destinations: numbers,
    ...(im.length && { im_content: im }),
    ...sms,
    ...(wish.callback && { callback_url: wish.callback }),
    ...(wish.reply && { reply_url: wish.reply }),
  };
}

export function open(page) {
  const wish = { path: "/1/im", to: "35699000001", text: "Your table is ready.", from: "", channels: ["VIBER"], sms: true, unicode: false, callback: "", reply: "" };
  let body = JSON.stringify(bodyOf(wish), null, 2);
  let own = false;
  let came, isSending;

  const change = (name, value) => {
    wish[name] = value;
    if (!own) body = JSON.stringify(bodyOf(wish), null, 2);
    page.redraw();
  };
  const text = (label, name, hint, more = {}) =>
    field(label, h("input", { value: wish[name], oninput: ({ currentTarget }) => change(name, currentTarget.value), ...more }), hint);
  const tick = (label, isOn, onchange) =>
    h("label", { class: "tick", key: label }, h("input", { type: "checkbox", checked: isOn, onchange: ({ currentTarget }) => onchange(currentTarget.checked) }), label);

  async function send() {
    isSending = true;
    page.redraw();
    came = (await attempt(() => page.account.post("/requests", { path: wish.path, body }))) ?? came;
    isSending = false;
    page.redraw();
  }

  return {
    title: "Send",
    listens: [],
    draw: () => h("div", { class: "view" },
      h("h1", { tabindex: "-1" }, "Send a message"),
      h("div", { class: "compose" },
        card("What", null, form()),
        card("The request", own && button("Write it anew from the form", () => { own = false; change("path", wish.path); }),
          field(`POST ${wish.path}`, h("textarea", { class: "mono", rows: "16", spellcheck: "false", value: body, oninput: ({ currentTarget }) => { own = true; body = currentTarget.value; page.redraw(); } }),
            own ? "Changed by hand: the form does not write it any more." : "Change it as you like."),
          h("div", null, button(isSending ? "Sending…" : "Send", send, { sign: "send", kind: "main", disabled: isSending })),
          h("div", { "aria-live": "polite" }, came && answer()))),
      h("h2", null, "Three ways to send from elsewhere"), ways(page)),
  };

  function form() {
    return h("div", { class: "form" },
      field("Service", h("select", { value: wish.path, onchange: ({ currentTarget }) => change("path", currentTarget.value) },
        Object.entries(PATHS).map(([path, words]) => h("option", { value: path, key: path }, `${words}: ${path}`)))),
      text("To", "to", "One or more numbers. Those that begin with 999 choose by their end what becomes of the message."),
      field(wish.path === "/1/2fa" ? "client_ref" : "Text", h("textarea", { rows: "3", value: wish.text, oninput: ({ currentTarget }) => change("text", currentTarget.value) })),
      wish.path === "/1/im" && h("fieldset", { key: "channels" }, h("legend", null, "Channels, in this order"),
        IMS.map((name) => tick(name, wish.channels.includes(name), (on) => change("channels", on ? [...wish.channels, name] : wish.channels.filter((each) => each !== name)))),
        tick("then SMS", wish.sms, (on) => change("sms", on))),
      wish.path !== "/1/2fa" && [
        text("From", "from", "Empty: the sender of the token.", { key: "from" }),
        tick("UCS2, for letters that GSM7 has not", wish.unicode, (on) => change("unicode", on)),
        text("callback_url", "callback", "Where reports go. mock-amp listen prints them.", { type: "url" }),
        text("reply_url", "reply", "Where replies go.", { type: "url" }),
      ]);
  }

  function answer() {
    const { request, answer: told } = came;
    return h("div", { class: "form" },
      h("p", null, h("strong", null, told.status < 400 ? `Taken: ${told.status}. ` : `Refused: ${told.status}. `),
        request.api_job_id && told.status < 400 && h("a", { href: page.to("messages", null, { api_job_id: request.api_job_id }) }, "See the messages"), " ",
        h("a", { href: page.to("requests", request.id) }, "See the request")),
      request.rule && h("p", null, request.rule, ": ", request.reason), code(told.body, "The answer"));
  }
}
