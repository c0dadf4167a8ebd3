/** The application: `AMP_TOKEN=… PUBLIC_URL=https://cafe.example node server.js`. */
import { createServer } from "node:http";
import { reminders } from "./app.js";
import { Store } from "./store.js";

const { AMP_URL = "https://rest.fortytwo.com", AMP_TOKEN, PUBLIC_URL } = process.env;
const { PORT = "8080", DATA = "reminders.json" } = process.env;
if (!AMP_TOKEN || !PUBLIC_URL) {
  console.error("AMP_TOKEN and PUBLIC_URL are needed: your token, and where the service reaches this application.");
  process.exit(2);
}

const settings = { ampUrl: AMP_URL, token: AMP_TOKEN, publicUrl: PUBLIC_URL };
const server = createServer(reminders(new Store(DATA), settings));
server.listen(Number(PORT), () => console.log(`Harbour Café reminders on port ${server.address().port}`));
