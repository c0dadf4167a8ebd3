"""A server whose store has no more room: a real process, under a limit of the system on the size of files."""

import json
import sys
import urllib.error
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.processes import SERVE, TOKEN, Served, receiving, serving

_LIMIT = 1_500_000
"""Bytes of a file, its log too."""

_LIMITED = (
    "import os, resource, sys;"
    f"resource.setrlimit(resource.RLIMIT_FSIZE, ({_LIMIT}, {_LIMIT}));"
    "os.execv(sys.argv[1], sys.argv[1:])"
)
_SOME = [{"number": f"356990{each:05d}"} for each in range(300)]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_a_full_disk_takes_no_sends_and_loses_nothing(tmp_path: Path) -> None:
    """Sends are 503, statuses and the control plane are read, the stop is clean; the next start has all that was."""
    store = ("--store", f"sqlite:///{tmp_path}/store.db", "--port", "0", "--clock", "frozen")
    with receiving(200) as url:
        with serving(*store, command=(sys.executable, "-c", _LIMITED, *SERVE)) as full:
            accepted = _send_until_503(full, f"{url}/reports")
            known = [_status(full, each) for each in accepted]
            unready = _ask(full, "GET", "/readyz")
            advance = _ask(full, "POST", "/__admin/clock/advance", {"until": "idle"})
            listed = full.items("messages")
            ended, errors = full.stop()
        with serving(*store) as again:
            kept = [_status(again, each) for each in accepted]
            again.advance(until="idle")
            states = {each["state"] for each in again.items("callbacks")}

    assert (unready[0], advance[0], len(listed)) == (503, 503, min(1_000, len(_SOME) * len(known)))
    assert unready[1]["checks"]["store"] != "ok"
    assert (ended, "Traceback" in errors) == (0, False)
    assert len(known) >= 2
    assert kept == known
    assert states == {"delivered"}


def _send_until_503(server: Served, url: str) -> list[str]:
    """Sends until there is no room; the first message of each request that was accepted."""
    accepted: list[str] = []
    document = {"destinations": _SOME, "sms_content": {"message": "Hi"}, "callback_url": url}
    while len(accepted) < 1_000:
        status, answer = _ask(server, "POST", "/1/im", document)
        if status != 200:
            assert status == 503
            return accepted
        accepted.append(next(iter(answer["results"].values()))["message_id"])
    raise AssertionError("the disk is never full")


def _status(server: Served, message_id: str) -> tuple[str, str]:
    (told,) = server.call("GET", f"/1/im/status/{message_id}", token=TOKEN)["data"]
    return told["message_id"], told["status"]


def _ask(server: Served, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """The status and the JSON of an answer, good or not."""
    try:
        return 200, server.call(method, path, body, TOKEN)
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())
