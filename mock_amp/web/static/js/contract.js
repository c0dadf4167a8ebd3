// What the wire contract says: its rules, and the statuses of answers.

import { call } from "./api.js";
import { h } from "./dom.js";
import { icon } from "./ui.js";

export const WORDS = {
  200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
  413: "Request Entity Too Large", 415: "Unsupported Media Type", 429: "Too Many Requests", 500: "Internal Server Error",
  502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
};

export const STATUSES = Object.entries(WORDS);
export const REFUSED = Object.keys(WORDS).filter((each) => each >= 400);

/** The status of an answer, in words, with its sign. */
export const httpStatus = (number) =>
  h("span", { class: ["status", number < 400 ? "is-DELIVRD" : "is-refused"] },
    icon(number < 400 ? "check" : "cross"), `${number} ${WORDS[number] ?? ""}`);

let asked;

/** All rules by their id; they never change while the server runs. */
export function rulesOf() {
  asked ??= call("GET", "/__admin/rules").then(({ items }) => new Map(items.map((each) => [each.id, each])));
  asked.catch(() => (asked = undefined));
  return asked;
}

/** The text of a rule; what stands between backticks is code. */
export const textOf = (text) => text.split("`").map((part, at) => (at % 2 ? h("code", null, part) : part));
