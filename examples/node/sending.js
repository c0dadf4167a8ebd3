/** Sending: one reminder to one guest by Viber, and by SMS where Viber does not reach. */
import { setTimeout as sleep } from "node:timers/promises";

const TRIES = 4;
const LONGEST_PAUSE = 30; // seconds; whoever posts a reminder waits for us meanwhile

/** The service understood, and will not send this: the reason is for the caller. */
export class Refused extends Error {}

/** Nothing was sent: another time may do. */
export class Unavailable extends Error {}

/** Nobody knows whether it was taken. A report will tell if it was. */
export class Lost extends Error {}

/** Sends and answers the message id. `pause` takes seconds; a test that moves a clock gives its own. */
export async function send(reminder, { ampUrl, token, publicUrl, pause = (seconds) => sleep(seconds * 1000) }) {
  const body = JSON.stringify(request(reminder, publicUrl));
  for (let attempt = 1; ; attempt += 1) {
    const answer = await post(`${ampUrl}/1/im`, token, body);
    if (answer.status === 200) return Object.values(answer.document.results)[0].message_id;
    const reason = answer.document?.result_info?.description ?? `The service answered ${answer.status}`;
    if ([400, 403].includes(answer.status)) throw new Refused(reason);
    // 429 and 503 say that nothing was taken, so a second try cannot remind a guest twice. No other answer does.
    if (![429, 503].includes(answer.status)) throw answer.status < 500 ? new Unavailable(reason) : new Lost(reason);
    if (attempt === TRIES) throw new Unavailable(reason);
    await pause(Math.min(answer.retryAfter || 2 ** (attempt - 1), LONGEST_PAUSE));
  }
}

function request({ id, phone, name, table, at }, publicUrl) {
  return {
    // Reports and replies come back with the job id. They may overtake the answer to the send, which has the
    // message id, so that our own id is the one to know them by.
    job_id: id,
    // The guest's words travel as params: they are filled in once, and cannot be taken for placeholders.
    destinations: [{ number: phone, params: { NAME: name, TABLE: table, AT: at } }],
    message_plan: "FEATURE_RICH", // in our order, not the cheapest first: Viber can be answered, SMS cannot
    im_content: [
      {
        channel: "VIBER",
        content: "{#NAME}, table {#TABLE} at Harbour Café is yours at {#AT}. Will you come? Reply YES or NO.",
        ttl: 1800, // half an hour unread in a drawer, and the SMS goes
      },
    ],
    sms_content: {
      message: "{#NAME}, table {#TABLE} at Harbour Café is yours at {#AT}. Call 2122 0042 if you cannot come.",
      encoding: "UCS2", // GSM7 would show 東京 as ??, and guests have names in every script
    },
    callback_url: `${publicUrl}/amp/reports`,
    reply_url: `${publicUrl}/amp/replies`,
  };
}

async function post(url, token, body) {
  const headers = { Authorization: `Token ${token}`, "Content-Type": "application/json" };
  try {
    const answer = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(10_000) });
    const text = await answer.text();
    const document = answer.status === 200 ? JSON.parse(text) : json(text);
    return { status: answer.status, document, retryAfter: Number(answer.headers.get("retry-after")) };
  } catch (error) {
    const unreached = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"].includes(error.cause?.code);
    if (unreached) return { status: 503, document: { result_info: { description: error.cause.message } } };
    throw new Lost(`No answer: ${error.cause?.message ?? error.message}`);
  }
}

/** A refusal has JSON; a proxy on the way may answer a page instead. */
function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
