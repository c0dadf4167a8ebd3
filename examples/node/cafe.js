/** The application as the tests run it: on a port of its own, with an account and a folder of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { reminders } from "./app.js";
import { openAccount, startMockAmp } from "./mock-amp.js";
import { Store } from "./store.js";

let mockAmp;
before(async () => (mockAmp = await startMockAmp()));
after(() => mockAmp?.stop());

/** For the test `t`, and gone with it. `settings` are those of the application that are to be others. */
export async function openCafe(t, settings = {}) {
  const amp = await openAccount(mockAmp.url);
  const folder = mkdtempSync(join(tmpdir(), "cafe-"));
  const store = new Store(join(folder, "reminders.json"));
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const publicUrl = `http://127.0.0.1:${server.address().port}`;

  // A pause of the application moves the clock of the account: the outage passes, and nobody waits.
  const pauses = [];
  const pause = (seconds) => pauses.push(seconds) && amp.advance(seconds);
  server.on("request", reminders(store, { ampUrl: amp.url, token: amp.token, publicUrl, pause, ...settings }));

  t.after(async () => {
    server.close().closeAllConnections();
    await amp.close();
    rmSync(folder, { recursive: true });
  });
  const ask = async (path, init) => fetch(publicUrl + path, init).then(async (it) => [it.status, await it.json()]);
  const guest = { name: "Ana", table: "4", at: "19:30" };
  const cafe = {
    store,
    pauses,
    remind: (phone) => ask("/reminders", { method: "POST", body: JSON.stringify({ phone, ...guest }) }),
    show: async (id) => (await ask(`/reminders/${id}`))[1],
  };
  return { amp, cafe };
}
