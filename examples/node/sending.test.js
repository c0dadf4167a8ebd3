import assert from "node:assert/strict";
import { test } from "node:test";
import { openCafe } from "./cafe.js";

test("a reminder goes by Viber, and its state follows the reports", async (t) => {
  const { amp, cafe } = await openCafe(t);
  const [status, { id, message_id }] = await cafe.remind("35699000001");
  await amp.advance("5s");

  const shown = await cafe.show(id);
  const [message] = await amp.list("messages");
  assert.deepEqual([status, shown.channel, shown.status], [201, "VIBER", "SEEN"]);
  assert.equal(message.id, message_id);
  assert.match(message.text, /^Ana, table 4 at Harbour Café is yours at 19:30\./);
});

test("a guest without Viber gets an SMS", async (t) => {
  const { amp, cafe } = await openCafe(t);
  const [, { id }] = await cafe.remind("99900000003");
  await amp.advance("5s");

  const { channel, status } = await cafe.show(id);
  assert.deepEqual([channel, status], ["SMS", "DELIVRD"]);
});

test("a send that is throttled is tried again when the service says so", async (t) => {
  const { amp, cafe } = await openCafe(t);
  const busy = { name: "busy", match: { nth: { first: 2 } }, status: 429, retry_after: 7 };
  await amp.scenario({ name: "throttled-twice", requests: [busy] });

  const [status] = await cafe.remind("35699000001");

  assert.deepEqual([status, cafe.pauses], [201, [7, 7]]);
  assert.equal((await amp.list("messages")).length, 1);
});

test("an outage of half a minute is sat out", async (t) => {
  const { amp, cafe } = await openCafe(t);
  await amp.scenario("outage");
  await amp.advance("12s");

  const [status] = await cafe.remind("35699000001");

  assert.deepEqual([status, cafe.pauses], [201, [30]]);
});

test("an outage without an end is told to whoever asked, after four tries", async (t) => {
  const { amp, cafe } = await openCafe(t);
  await amp.scenario({ name: "down", requests: [{ name: "all", status: 503 }] });

  const [status, { id }] = await cafe.remind("35699000001");

  assert.deepEqual([status, cafe.pauses, (await cafe.show(id)).status], [503, [1, 2, 4], "NOT SENT"]);
});

test("where nobody listens it is tried again too: nothing can have been taken", async (t) => {
  const { cafe } = await openCafe(t, { ampUrl: "http://127.0.0.1:2" }); // 9 is one that fetch does not even try

  const [status] = await cafe.remind("35699000001");

  assert.deepEqual([status, cafe.pauses], [503, [1, 2, 4]]);
});

test("a send whose answer is lost is not sent twice, and the reports tell how it went", async (t) => {
  const { amp, cafe } = await openCafe(t);
  await amp.scenario({ name: "lost", requests: [{ name: "all", cut: "before" }] });

  const [status, { id }] = await cafe.remind("35699000001");
  await amp.advance("5s");

  assert.deepEqual([status, (await cafe.show(id)).status, (await amp.list("messages")).length], [202, "SEEN", 1]);
});

test("a refusal comes with the reason", async (t) => {
  const { cafe } = await openCafe(t);
  const [status, { error }] = await cafe.remind("+356 9900 0001");

  assert.deepEqual([status, error.match(/Value \[.*?\]/)[0]], [422, "Value [+356 9900 0001]"]);
});
