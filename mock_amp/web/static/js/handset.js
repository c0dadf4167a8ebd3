// The handset: a message as its channel shows it, with image and button, and a conversation that can be gone on with.

import { Problem } from "./api.js";
import { h } from "./dom.js";
import { clockTime, dayTime, many, millis } from "./format.js";
import { button, icon, outside, say } from "./ui.js";

const NOTHING = {
  ACCEPTD: "Nothing has come yet: it is on its way.",
  EXPIRED: "It expired before it came.",
  REJECTD: "It was rejected and did not come.",
  DELETED: "It was deleted before it came.",
  UNKNOWN: "Nobody knows whether it came.",
};
const REACHED = ["DELIVRD", "SEEN"];
const ONE_TICK = ["TELEGRAM", "MESSENGER"]; // these have one for what is delivered, the others two

const time = (at) => h("time", { datetime: at, title: at }, clockTime(millis(at)).slice(0, 5));
const aside = (...words) => h("small", { class: "aside" }, words);

/** The handset of a message, and what somebody does with it here. */
export function handset(page, id) {
  let image, clicked, refused, replied;

  async function act(name, body) {
    refused = undefined;
    try {
      const done = await page.account.post(`/messages/${encodeURIComponent(id)}/${name}`, body);
      await page.reload();
      return done;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      refused = error.message;
      page.redraw();
    }
  }

  async function reply(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const { text } = Object.fromEntries(new FormData(form));
    replied = true;
    if (text && (await act("reply", { text }))) form.reset();
  }

  async function click() {
    clicked = await act("click", {});
    if (clicked) say(clicked.logged ? "Clicked, and logged" : "Clicked, but not logged");
  }

  function picture(url) {
    const { host } = URL.canParse(url) ? new URL(url) : {};
    const turn = (to) => () => { image = to; page.redraw(); };
    if (image === "wanted") return h("img", { src: url, alt: `The image at ${host}`, referrerpolicy: "no-referrer", onerror: turn("failed") });
    return h("div", { class: "picture", title: url }, image ? `No image came from ${host}` : `An image at ${host ?? url}`,
      /^https?:/i.test(url) && button(image ? "Try again" : "Load image", turn("wanted")));
  }

  const bubble = (it, came, foot) => h("div", { class: ["bubble", came ? "in" : "ghost"] },
    it.image && picture(it.image), it.text && h("p", { dir: "auto" }, it.text), foot,
    it.action && h("button", { type: "button", class: "act", onclick: click, title: it.action.target_url }, it.action.title));

  return {
    draw(it, sent) {
      const on = it.type === "INTERNAL" ? it.channels[0] ?? "SMS" : it.type;
      const [isSms, reached] = [on === "SMS", it.timeline.find((each) => REACHED.includes(each.status))];
      const came = reached ?? (isReplaced(it, sent, on) && it.timeline.at(-1));
      const foot = came && h("span", { class: ["ticks", it.status === "SEEN" && "seen"] }, time(came.at), reached && ticks(on, it.status));
      return h("figure", { class: ["phone", `app-${on}`], key: "phone", "aria-label": `The handset, ${on}` },
        h("header", null, h("i", { "aria-hidden": "true" }, [...it.from][0]), h("div", null, h("strong", null, it.from), h("small", null, on))),
        h("div", { class: "wall", tabindex: "0", role: "region", "aria-label": "The screen" },
          aside(dayTime(millis(came?.at ?? it.accepted_at)).slice(0, 10)),
          !came && aside(NOTHING[it.status] ?? "It was not delivered.", h("br"), "What it would show:"),
          isSms ? sms(it, came, foot) : bubble(it, came, foot),
          it.action && aside("The button opens ", outside(it.action.target_url)),
          it.clicks.length > 0 && aside(`${many(it.clicks.length, "click")} logged`),
          clicked?.logged === false && aside("Clicked, but not logged: track_clicks is off (I-9)"),
          it.replies.map((each, number) => answer(each, number, replied))),
        isSms ? aside("Only instant messages can be answered.") : h("form", { onsubmit: reply },
          h("input", { name: "text", "aria-label": "Reply as the handset", placeholder: "Reply as the handset", autocomplete: "off" }),
          button("Send the reply", null, { type: "submit", sign: "send", iconOnly: true, kind: "main" })),
        refused && h("p", { role: "alert" }, refused),
        it.encoding && h("figcaption", null, h("strong", null, it.encoding), it.pages && ` · ${many(it.pages, "page")}`, lost(it, sent)));
    },
  };
}

function sms(it, came, foot) {
  const isBinary = it.encoding === "BINARY";
  const pages = isBinary ? [{ text: it.text }] : it.parts ?? [{ text: it.text }];
  return pages.map((each, at) => h("div", { class: ["bubble", came ? "in" : "ghost"], key: at },
    h("p", { dir: "auto" }, isBinary ? bytes(each.text) : each.text), at === pages.length - 1 && foot,
    h("small", null, isBinary ? `${many(atob(it.text).length, "byte")} · base64 ${it.text}`
      : [each.most && `${each.units}/${each.most} · `, `page ${at + 1} of ${pages.length}`])));
}

const bytes = (base64) => [...atob(base64)].map((each) => each.charCodeAt(0).toString(16).padStart(2, "0")).join(" ");

function ticks(on, status) {
  const word = status === "SEEN" ? "Seen" : "Delivered";
  return on === "SMS" ? word : [icon(status === "DELIVRD" && ONE_TICK.includes(on) ? "check" : "seen"), h("span", { class: "quiet" }, word)];
}

/** A reply; a new one that was sent from here is scrolled to. */
const answer = (it, number, isOwn) =>
  h("div", { class: "bubble mine", key: `reply ${number}`, ref: (node) => isOwn && (node.parentNode.scrollTop = node.offsetTop) },
    h("p", { dir: "auto" }, it.text ?? "(no text)"), h("span", { class: "ticks" }, time(it.at)),
    it.silent && h("small", null, `Not passed on: ${it.silent}`));

/** The characters that its alphabet has not (M-5). */
const lost = (it, sent) => (sent?.warnings ?? []).filter((each) => each.rule === "M-5" && each.text.includes(` ${it.to} `))
  .map((each) => h("p", { key: each.text }, icon("warning"), each.text));

/** Whether the handset shows the expiry text instead (I-8); what that is, the request says. */
function isReplaced(it, sent, on) {
  if (it.status !== "EXPIRED" || on === "SMS") return false;
  const told = /"expiry_text"\s*:\s*("(?:[^"\\]|\\.)*")/g;
  const texts = [...(sent?.body ?? "").matchAll(told)].map((each) => JSON.parse(each[1]));
  return ["This message has expired.", ...texts].includes(it.text);
}
