import assert from "node:assert/strict";
import { test } from "node:test";
import { openCafe } from "./cafe.js";

test("a phone that is off gets an SMS after half an hour, and after three days has had neither", async (t) => {
  const { amp, cafe } = await openCafe(t);
  const [, { id }] = await cafe.remind("99900000004");
  await amp.advance("31m");
  const { channel } = await cafe.show(id);
  await amp.advance("3d");

  assert.deepEqual([channel, (await cafe.show(id)).status], ["SMS", "EXPIRED"]);
});

test("reports that could not be stored come again, five minutes later", async (t) => {
  const { amp, cafe } = await openCafe(t);
  const [, { id }] = await cafe.remind("35699000001");
  await amp.wait("callbacks", { state: "delivered" });
  const broken = t.mock.method(cafe.store, "change", () => assert.fail("the disk is full"));
  t.mock.method(console, "error", () => {});
  await amp.advance("5s");
  broken.mock.restore();
  assert.equal((await cafe.show(id)).channel, "INTERNAL");

  await amp.advance("5m");

  assert.equal((await cafe.show(id)).status, "SEEN");
  const [callback] = await amp.list("callbacks", { "body.data.status": "SEEN" });
  assert.deepEqual(callback.attempts.map((attempt) => attempt.status), [500, 200]);
});

test("reports that come twice, late and out of order do no harm", async (t) => {
  const { amp, cafe } = await openCafe(t);
  await amp.scenario("flaky-receiver");
  const sent = await Promise.all(["35699000001", "35699000002", "35699000003"].map(cafe.remind));

  await amp.advance("20m");

  const shown = await Promise.all(sent.map(([, { id }]) => cafe.show(id)));
  assert.deepEqual(shown.map(({ status }) => status), ["SEEN", "SEEN", "SEEN"]);
  assert.ok((await amp.list("callbacks")).some(({ injected }) => injected));
});

for (const [text, answer] of [["Yes", "confirmed"], [" no ", "cancelled"], ["Who is this?", null]]) {
  test(`a guest who replies ${JSON.stringify(text)} has ${answer ?? "not answered"}`, async (t) => {
    const { amp, cafe } = await openCafe(t);
    const [, { id }] = await cafe.remind("35699000001");
    await amp.advance("5s");

    await amp.reply("35699000001", text);

    assert.equal((await cafe.show(id)).answer, answer);
  });
}

test("the last word of a guest counts, though the first one comes later", async (t) => {
  const { amp, cafe } = await openCafe(t);
  const lost = { name: "the first attempt is lost", match: { kind: "reply", nth: 1 }, fail_first: 1 };
  await amp.scenario({ name: "bad-way", callbacks: [lost] });
  const [, { id }] = await cafe.remind("35699000001");
  await amp.advance("5s");

  await amp.reply("35699000001", "Yes");
  await amp.advance("1m");
  await amp.reply("35699000001", "No");
  await amp.advance("5m");

  const replies = await amp.list("callbacks", { kind: "reply", state: "delivered" });
  assert.deepEqual([replies.length, (await cafe.show(id)).answer], [2, "cancelled"]);
});
