"""Bodies of sends that tests of the page are about."""

from typing import Any


def sms(number: str = "35699000001", text: str = "Your table is ready.", **more: Any) -> dict[str, Any]:
    """An SMS to one number; `more` are further keys of the request."""
    return {"destinations": [{"number": number}], "sms_content": {"message": text, "sender_id": "Harbour"}, **more}


def im(channel: str, number: str = "35699000001", text: str = "Your table is ready.", **more: Any) -> dict[str, Any]:
    """An instant message to one number; `more` are further keys of its content."""
    return {"destinations": [{"number": number}], "im_content": [{"channel": channel, "content": text, **more}]}


def job(numbers: list[str], text: str = "To everybody.", **more: Any) -> dict[str, Any]:
    """One send to many."""
    return {**sms(text=text, **more), "destinations": [{"number": each} for each in numbers]}


def numbers(size: int, first: int = 35699100000) -> list[str]:
    """So many good numbers."""
    return [str(first + at) for at in range(size)]
