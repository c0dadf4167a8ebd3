"""A server that speaks byte by byte what a test says, to a client of ours: to hang up, to stammer, to fall silent."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

HANG_UP: Final = b""
"""Ends the connection without an answer."""

SILENCE: Final = b"SILENCE"
"""Says nothing for as long as the client bears it."""


def ok(body: bytes, *, length: int | None = None) -> bytes:
    """A good answer; with a `length` that is more than its body, one that breaks off."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length or len(body)}\r\n\r\n"
    return head.encode() + body


@dataclass(slots=True)
class Speaker:
    """`asked` are the beginnings of the requests, in their order; `connections` how many were opened."""

    url: str
    turns: list[bytes]
    asked: list[str] = field(default_factory=list)
    connections: int = 0


@contextmanager
def speaking(*turns: bytes, tls: ssl.SSLContext | None = None) -> Iterator[Speaker]:
    """A server that answers one request after the other with these bytes, and the rest with nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as last:
        last.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        speaker = Speaker(f"{'https' if tls else 'http'}://127.0.0.1:{port}", list(turns))
        thread = threading.Thread(target=_serve, args=[listener, speaker, tls, last.getsockname()])
        thread.start()
        try:
            yield speaker
        finally:
            last.connect(("127.0.0.1", port))  # behind all others: what they have asked is heard before the end
            thread.join()


def _serve(listener: socket.socket, speaker: Speaker, tls: ssl.SSLContext | None, last: tuple[str, int]) -> None:
    while True:
        connection, peer = listener.accept()
        with suppress(OSError), connection:
            if peer == last:
                return
            speaker.connections += 1
            if tls is None:
                _answer(connection, speaker)
            else:
                with tls.wrap_socket(connection, server_side=True) as secure:
                    _answer(secure, speaker)


def _answer(connection: socket.socket, speaker: Speaker) -> None:
    """Until a turn hangs up, or breaks off, which is where an answer has no end."""
    while request := _request(connection):
        speaker.asked.append(request)
        turn = speaker.turns.pop(0) if speaker.turns else HANG_UP
        if turn == SILENCE:
            connection.recv(1)
            return
        connection.sendall(turn)
        if not turn or not _whole(turn):
            return


def _request(connection: socket.socket) -> str:
    """Method and target, once all of the request is there."""
    read = b""
    while b"\r\n\r\n" not in read:
        more = connection.recv(65_536)
        if not more:
            return ""
        read += more
    head, _, body = read.partition(b"\r\n\r\n")
    lines = [line.lower() for line in head.split(b"\r\n")]
    length = next((int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65_536)
    return " ".join(head.split(b"\r\n")[0].decode().split(" ")[:2])


def _whole(turn: bytes) -> bool:
    head, _, body = turn.partition(b"\r\n\r\n")
    return f"content-length: {len(body)}\r\n".encode() in head.lower() + b"\r\n"
