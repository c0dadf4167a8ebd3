curl --silent --show-error --fail --write-out '%{http_code}\n' https://rest.fortytwo.com/1/im \
  -H 'Authorization: Token 00000000-0000-4000-8000-000000000042' -H 'Content-Type: application/json' \
  -d '{"destinations": [{"number": "35699000001"}], "sms_content": {"message": "Hello from curl"}}'
