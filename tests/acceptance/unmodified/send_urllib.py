import json
from urllib.request import Request, urlopen

request = Request(
    "https://rest.fortytwo.com/1/im",
    data=json.dumps(
        {"destinations": [{"number": "35699000001"}], "sms_content": {"message": "Hello from urllib"}}
    ).encode(),
    headers={
        "Authorization": "Token 00000000-0000-4000-8000-000000000042",
        "Content-Type": "application/json",
    },
)
with urlopen(request, timeout=10) as answer:
    print(answer.status, answer.read().decode())
