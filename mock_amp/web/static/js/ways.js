// The three ways to send a message, as one would copy them; the service is where the page says it is.

import { quoted } from "./curl.js";
import { h } from "./dom.js";
import { card, code, copy } from "./ui.js";

const NUMBER = "35699000001";
const BODY = `{
  "destinations": [{"number": "${NUMBER}"}],
  "im_content": [
    {"channel": "VIBER", "content": "Your table is ready."}
  ],
  "sms_content": {"message": "Your table is ready."}
}`;

const curl = (service, token) => `curl ${service}/1/im \\
  -H ${quoted(`Authorization: Token ${token}`)} \\
  -H 'Content-Type: application/json' \\
  -d '${BODY}'`;

const command = (service, account) =>
  `mock-amp send --url ${location.origin}${service === location.origin ? "" : ` --service-url ${service}`} \\
  ${account === "default" ? "" : `--account ${quoted(account)} `}--to ${NUMBER} --watch \\
  --viber 'Your table is ready.' \\
  --sms 'Your table is ready.'`;

const python = (service, token) => `import requests

TOKEN = ${JSON.stringify(token)}

answer = requests.post(
    "${service}/1/im",
    headers={"Authorization": f"Token {TOKEN}"},
    json={
        "destinations": [{"number": "${NUMBER}"}],
        "sms_content": {"message": "Your table is ready."},
    },
)
print(answer.json())`;

/** The token, and three cards with a copy button each. */
export function ways(page) {
  const token = page.told?.token;
  if (!token) return h("p", null, "This account has no token. ", h("a", { href: page.to("account") }, "Make one"), " first.");
  const all = [
    ["From a shell", "curl, as any client would.", curl(page.service, token)],
    ["By the command line", "mock-amp send shows what becomes of it.", command(page.service, page.account.id)],
    ["From your application", "Give it this address and this token; nothing else changes.", python(page.service, token)],
  ];
  return [
    h("div", { class: "token", key: "token" }, h("span", null, "The token of this account"), h("code", null, token), copy(token, "Copy token")),
    h("div", { class: "ways", key: "ways" }, all.map(([title, words, text]) =>
      card(title, copy(text, "Copy"), h("p", { class: "dim" }, words), code(text, `${title}: what to run`)))),
  ];
}
