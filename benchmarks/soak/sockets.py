"""Ends of connections that no library offers."""

import asyncio
import os
import socket
import struct
from typing import Final

GONE: Final = (OSError, EOFError, RuntimeError)
"""What comes of a connection whose other side has gone; the last is what uvloop says of writing to it."""

_AT_ONCE: Final = struct.pack("ii", 1, 0)


def reset(writer: asyncio.StreamWriter) -> None:
    """Ends a connection by RST: what is under way to the other side is void."""
    with socket.socket(fileno=os.dup(writer.get_extra_info("socket").fileno())) as twin:
        twin.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    writer.transport.abort()
