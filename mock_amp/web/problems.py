"""Answers of the control plane: JSON, and problems in the form of RFC 9457."""

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

from mock_amp.web.texts import clean


def say_problem(status: int, title: str, detail: str, more: Mapping[str, Any] | None = None) -> web.Response:
    """A problem; `more` are further members of it."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": clean(detail), **(more or {})}
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/problem+json")


def answer_json(answer: Mapping[str, Any], status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(answer), content_type="application/json", charset="utf-8")
