const answer = await fetch("https://rest.fortytwo.com/1/im", {
  method: "POST",
  headers: {
    Authorization: "Token 00000000-0000-4000-8000-000000000042",
    "Content-Type": "application/json",
  },
  body: JSON.stringify({ destinations: [{ number: "35699000001" }], sms_content: { message: "Hello from fetch" } }),
});
console.log(answer.status, await answer.text());
