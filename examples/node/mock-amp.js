/** mock-amp for tests: all that is needed is a few calls of its control plane. Copy it into your own tests. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The server of MOCK_AMP_URL, or else one of our own. `stop` ends what was started. */
export async function startMockAmp() {
  if (process.env.MOCK_AMP_URL) return { url: process.env.MOCK_AMP_URL.replace(/\/$/, ""), stop() {} };
  const portFile = join(tmpdir(), `mock-amp-${randomUUID()}`); // there once it answers, gone once it has ended
  let ended;
  const server = spawn("mock-amp", ["serve", "--port", "0", "--port-file", portFile], { stdio: "ignore" });
  server.on("error", () => (ended = "mock-amp is not on the PATH: install it, or set MOCK_AMP_URL to one that runs"));
  server.on("exit", (status) => (ended ??= `mock-amp ended with exit status ${status}; try: mock-amp serve`));
  while (!existsSync(portFile)) {
    if (ended) throw new Error(ended);
    await sleep(20);
  }
  return { url: `http://127.0.0.1:${readFileSync(portFile, "utf8").trim()}`, stop: () => server.kill() };
}

/** An account for one test: its own token, its own messages, and a clock that stands still until it is moved. */
export async function openAccount(url, scenario = "magic-numbers") {
  const { id, token } = await call(url, "POST", "/__admin/accounts", { clock: "frozen", scenario });
  const here = (method, path, body) => call(url, method, `/__admin/accounts/${id}${path}`, body);
  return {
    url,
    token,
    /** Lives through `"5m"`, `"3d"` or a number of seconds; back once your receiver has answered all reports. */
    advance: (by) => here("POST", "/clock/advance", { by }),
    scenario: (document) => here("PUT", "/scenario", document),
    list: async (what, filter = {}) => (await here("GET", `/${what}?${new URLSearchParams(filter)}`)).items,
    wait: async (what, match) => (await here("POST", "/wait", { what, match })).items,
    /** What the guest types on the phone; in the app once it has been posted. */
    reply: async (number, text) => {
      const message = (await here("GET", `/messages?to=${number}`)).items.at(-1);
      await here("POST", `/messages/${message.id}/reply`, { text });
      await here("POST", "/wait", { what: "idle" });
    },
    close: () => here("DELETE", ""),
  };
}

async function call(url, method, path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(url + path, { method, headers, body: body === undefined ? body : JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? undefined : answer.json();
}
