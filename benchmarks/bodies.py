"""The requests that are measured: the same bytes for whoever is to answer them."""

import json
from typing import Final

TOKEN: Final = "00000000-0000-4000-8000-000000000042"


def send(size: int, callback_url: str = "", first: int = 35_600_000_000, token: str = TOKEN) -> bytes:
    """A fallback request to `size` destinations with a custom_id and two params each, as it goes over the wire."""
    document = {
        "destinations": [
            {
                "number": str(first + at),
                "custom_id": f"order-{at}",
                "params": {"NAME": f"guest {at}", "TABLE": str(at % 90)},
            }
            for at in range(size)
        ],
        "sms_content": {"message": "{#NAME}, your table {#TABLE} is ready."},
        "im_content": [{"channel": "VIBER", "content": "{#NAME}, your table {#TABLE} is ready."}],
    } | ({"callback_url": callback_url} if callback_url else {})
    return post("/1/im", json.dumps(document, separators=(",", ":")).encode(), token)


def one(callback_url: str = "", token: str = TOKEN, at: int = 0) -> bytes:
    """What an application sends most: one SMS to one number. Each `at` is another number, order and text."""
    document = {
        "destinations": [{"number": str(35_699_000_000 + at * 7_919 % 1_000_000), "custom_id": f"order-{at:06d}"}],
        "sms_content": {"message": f"Dear guest {at:06d}, your table is ready.", "sender_id": "Bistro"},
    } | ({"callback_url": callback_url} if callback_url else {})
    return post("/1/im", json.dumps(document).encode(), token)


def ones(count: int, callback_url: str = "", token: str = TOKEN) -> list[bytes]:
    """Small sends, no two alike."""
    return [one(callback_url, token, at) for at in range(count)]


def post(path: str, body: bytes, token: str = TOKEN) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Token {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str, token: str = TOKEN) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Token {token}\r\n\r\n".encode()
