require "json"
require "net/http"

answer = Net::HTTP.post(
  URI("https://rest.fortytwo.com/1/im"),
  JSON.generate(destinations: [{ number: "35699000001" }], sms_content: { message: "Hello from Ruby" }),
  "Authorization" => "Token 00000000-0000-4000-8000-000000000042",
  "Content-Type" => "application/json",
)
puts "#{answer.code} #{answer.body}"
