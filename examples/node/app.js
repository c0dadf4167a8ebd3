/** The HTTP side: takes reminders from the booking system, reports and replies from the service. */
import { randomUUID } from "node:crypto";
import { Lost, Refused, Unavailable, send } from "./sending.js";

/** A handler for `http.createServer`. `settings` are those of `send`; `store` keeps the reminders. */
export function reminders(store, settings) {
  return async (request, response) => {
    let status, document;
    try {
      [status, document] = await answer(store, settings, request.method, request.url, await text(request));
    } catch (error) {
      if (!request.complete) return; // it broke off, and nobody is there to be answered
      // To a report this says: not safe with us, post it again in five minutes.
      console.error(error);
      [status, document] = [500, { error: "Something went wrong here" }];
    }
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(document));
  };
}

async function answer(store, settings, method, url, text) {
  const body = method === "POST" ? object(text) : {};
  if (body === undefined) return [400, { error: "Not a JSON object" }];
  if (method === "POST" && url === "/reminders") return remind(store, settings, body);
  if (method === "POST" && url === "/amp/reports") return takeReports(store, body);
  if (method === "POST" && url === "/amp/replies") return takeReply(store, body);
  const reminder = method === "GET" && url.startsWith("/reminders/") && store.get(url.slice("/reminders/".length));
  return reminder ? [200, reminder] : [404, { error: "There is no such thing here" }];
}

async function remind(store, settings, { phone, name, table, at }) {
  if (![phone, name, table, at].every((each) => typeof each === "string" && each !== "")) {
    return [400, { error: "phone, name, table and at are needed, as texts" }];
  }
  const id = randomUUID();
  // Kept before it is sent: the first report may be here before the answer is.
  const unheard = { message_id: null, status: "SENDING", channel: null, reported_at: 0, answer: null, answered_at: 0 };
  store.put({ id, phone, name, table, at, ...unheard });
  try {
    const message_id = await send(store.get(id), settings);
    return [201, store.change(id, (reminder) => ({ ...reminder, message_id }))];
  } catch (error) {
    if (error instanceof Lost) return [202, store.get(id)]; // not sent again: better no reminder than two
    if (!(error instanceof Refused || error instanceof Unavailable)) throw error;
    const [status, state] = error instanceof Refused ? [422, "REFUSED"] : [503, "NOT SENT"];
    store.change(id, (reminder) => ({ ...reminder, status: state }));
    return [status, { id, error: error.message }];
  }
}

/** Only 200 counts as taken, and only what is stored is answered so. Jobs that are not ours are nobody's fault. */
function takeReports(store, { client_job_id, data = [] }) {
  if (store.get(client_job_id)) store.change(client_job_id, (reminder) => data.reduce(newest, reminder));
  return [200, {}];
}

/** Reports come twice, and late ones after later ones: the time of the status decides, not the order of the posts. */
function newest(reminder, { message_id, type, status, micro_timestamp }) {
  if (micro_timestamp < reminder.reported_at) return reminder;
  return { ...reminder, message_id, status, channel: type, reported_at: micro_timestamp };
}

/** The guest's last word counts. A reply that is posted again has the same time, and changes nothing. */
function takeReply(store, { client_job_id, message, micro_timestamp }) {
  const answer = { YES: "confirmed", NO: "cancelled" }[message?.text?.trim().toUpperCase()];
  if (answer && micro_timestamp > store.get(client_job_id)?.answered_at) {
    store.change(client_job_id, (reminder) => ({ ...reminder, answer, answered_at: micro_timestamp }));
  }
  return [200, {}];
}

async function text(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8"); // joined first: a chunk may end amid a character
}

function object(text) {
  try {
    const read = JSON.parse(text);
    return read !== null && typeof read === "object" ? read : undefined;
  } catch {
    return undefined;
  }
}
