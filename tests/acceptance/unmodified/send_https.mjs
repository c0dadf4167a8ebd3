import { request } from "node:https";

const sending = request("https://rest.fortytwo.com/1/im", {
  method: "POST",
  headers: {
    Authorization: "Token 00000000-0000-4000-8000-000000000042",
    "Content-Type": "application/json",
  },
});
sending.on("response", async (answer) => {
  let text = "";
  for await (const part of answer) text += part;
  console.log(answer.statusCode, text);
});
sending.end(JSON.stringify({ destinations: [{ number: "35699000001" }], sms_content: { message: "Hello from node:https" } }));
