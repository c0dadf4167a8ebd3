// Sending from the page: a form that writes the request, the request itself, which may be changed, and the answer.

import { h } from "./dom.js";
import { laidOut } from "./json.js";
import { attempt, button, card, CHANNELS, code, facts, field } from "./ui.js";
import { ways } from "./ways.js";

const IMS = CHANNELS.filter((each) => !["SMS", "INTERNAL"].includes(each));
const PATHS = { "/1/im": "Messages", "/1/sms": "SMS Gateway", "/1/2fa": "Two-factor code" };

const MOST = 5;
const FIRST = {
  path: "/1/im", to: "35699000001", text: "Your table is ready.", from: "", channels: ["VIBER"],
  sms: true, unicode: false, callback: "", reply: "",
};

/** What somebody has begun in an account stays while the page is open. */
const drafts = new Map();

/**
 * The numbers in a text, as the service takes them: digits alone. Commas and new lines part numbers; blanks do where
 * what is between them is long enough to be one. What is no number stays as it is, for the service to refuse.
 */
export function numbersOf(text) {
  return text.split(/[\n,;]+|\s+(?=\+)/).map((each) => each.trim()).filter(Boolean).flatMap((each) => {
    const words = each.split(/\s+/);
    return (words.every((word) => /^\+?\d{7,}$/.test(word)) ? words : [each]).map((number) => {
      const digits = number.replace(/[\s().\/-]/g, "").replace(/^(\+|00)/, "");
      return /^\d+$/.test(digits) ? digits : number;
    });
  });
}

/** The body of a request, made of what the form says. */
export function bodyOf(wish) {
  const numbers = numbersOf(wish.to).map((number) => ({ number }));
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

export const sheet = "send.css";

export function open(page) {
  const written = (wish) => JSON.stringify(bodyOf(wish), null, 2);
  const { id } = page.account;
  if (!drafts.has(id)) drafts.set(id, { wish: { ...FIRST }, body: written(FIRST), own: false });
  const draft = drafts.get(id);
  const { wish } = draft;
  let isSending;

  const change = (name, value) => {
    wish[name] = value;
    if (!draft.own) draft.body = written(wish);
    page.redraw();
  };
  const anew = () => {
    draft.own = false;
    change("path", wish.path);
  };
  const byHand = ({ currentTarget }) => {
    Object.assign(draft, { own: true, body: currentTarget.value });
    page.redraw();
  };
  const text = (label, name, hint, more = {}) =>
    field(label, h("input", { value: wish[name], oninput: ({ currentTarget }) => change(name, currentTarget.value), ...more }), hint);
  const tick = (label, isOn, onchange) =>
    h("label", { class: "tick", key: label }, h("input", { type: "checkbox", checked: isOn, onchange: ({ currentTarget }) => onchange(currentTarget.checked) }), label);

  async function send() {
    isSending = true;
    page.redraw();
    const sent = { path: wish.path, body: draft.body };
    draft.came = (await attempt(() => page.account.post("/requests", sent))) ?? draft.came;
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
        card("The request", draft.own && button("Write it anew from the form", anew),
          field(`POST ${wish.path}`,
            h("textarea", { class: "mono", rows: "16", spellcheck: "false", value: draft.body, oninput: byHand }),
            draft.own ? "Changed by hand: the form does not write it any more." : "Change it as you like."),
          h("div", null, button(isSending ? "Sending…" : "Send", send, { sign: "send", kind: "main", disabled: isSending })),
          h("div", { "aria-live": "polite" }, draft.came && verdict(draft.came)), draft.came && answer(draft.came))),
      h("h2", null, "Three ways to send from elsewhere"), ways(page)),
  };

  function form() {
    return h("div", { class: "form" },
      field("Service", h("select", { value: wish.path, onchange: ({ currentTarget }) => change("path", currentTarget.value) },
        Object.entries(PATHS).map(([path, words]) => h("option", { value: path, key: path }, `${words}: ${path}`)))),
      text("To", "to", "One or more numbers, with commas between them. "
        + "Those that begin with 999 choose by their end what becomes of the message."),
      field(wish.path === "/1/2fa" ? "client_ref" : "Text", h("textarea", { rows: "3", value: wish.text, oninput: ({ currentTarget }) => change("text", currentTarget.value) })),
      wish.path === "/1/im" && h("fieldset", { key: "channels" },
        h("legend", null, "Channels, in the order in which they are ticked"),
        IMS.map((name) => tick(name, wish.channels.includes(name), (on) => change("channels", on ? [...wish.channels, name] : wish.channels.filter((each) => each !== name)))),
        tick("then SMS", wish.sms, (on) => change("sms", on)),
        h("p", { class: "dim" }, `Tried: ${tried().join(", then ")}.`)),
      wish.path !== "/1/2fa" && [
        text("From", "from", "Empty: the sender of the token.", { key: "from" }),
        tick("UCS2, for letters that GSM7 has not", wish.unicode, (on) => change("unicode", on)),
        text("callback_url", "callback", "Where reports go. mock-amp listen prints them.", { type: "url" }),
        text("reply_url", "reply", "Where replies go.", { type: "url" }),
      ]);
  }

  function tried() {
    return wish.sms || !wish.channels.length ? [...wish.channels, "SMS"] : wish.channels;
  }

  function verdict({ request, answer: { status, on_the_wire: wire } }) {
    const [isTaken, reason] = [status < 400, request?.rule && `${request.rule}: ${request.reason}`];
    return [h("p", null, h("strong", null, `${isTaken ? "Taken" : "Refused"}: ${status}. `),
      isTaken && request?.api_job_id &&
        h("a", { href: page.to("messages", null, { api_job_id: request.api_job_id }) }, "See the messages"), " ",
      request && h("a", { href: page.to("requests", request.id) }, "See the request")),
      wire && h("p", null, `By the scenario ${wire}.`), reason && h("p", null, reason)];
  }

  /** What was wrong, the first of it, and the answer as it came, laid out. */
  function answer({ request, answer: { body } }) {
    const wrong = (request?.violations ?? []).slice(0, MOST);
    return h("div", { class: "form" }, wrong.map(({ pointer, value, expected }, at) =>
      h("div", { key: at, class: "form" }, facts(["Where", pointer && h("code", null, pointer)],
        value != null && ["It was", h("code", null, JSON.stringify(value).slice(0, 200))],
        ["Right would be", expected]))),
    request?.violations.length > MOST && h("p", { key: "more" }, `And ${request.violations.length - MOST} more.`),
    code(/^\s*[[{]/.test(body) ? laidOut(body) : body, "The answer"));
  }
}
