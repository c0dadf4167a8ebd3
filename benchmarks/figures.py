"""Figures of a server in a process of its own: first answer, one send, 50,000 destinations, what others wait.

    python benchmarks/figures.py

Each is printed beside its floor taken in the same run, where there is one. Nothing here is a test.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
from aiohttp import web

TOKEN = "00000000-0000-4000-8000-000000000042"
HEADERS = {"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"}


def body(size: int, callback_url: str = "") -> bytes:
    """A fallback request to `size` destinations with a value each."""
    return json.dumps(
        {
            "destinations": [
                {"number": str(35_600_000_000 + at), "custom_id": str(at), "params": {"NAME": f"guest {at}"}}
                for at in range(size)
            ],
            "sms_content": {"message": "{#NAME}, your table is ready."},
            "im_content": [{"channel": "VIBER", "content": "{#NAME}, your table is ready."}],
            "callback_url": callback_url,
        }
    ).encode()


def start(*arguments: str) -> tuple[subprocess.Popen[bytes], str, float]:
    """A server, its URL, and the milliseconds from the start of the process to its first answer."""
    port_file = Path(tempfile.mkdtemp()) / "port"
    began = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "mock_amp", "serve", "--port", "0", "--port-file", str(port_file), *arguments],
        stdout=subprocess.DEVNULL,
    )
    while not port_file.exists():
        time.sleep(0.002)
    url = f"http://127.0.0.1:{port_file.read_text().strip()}"
    subprocess.run(["curl", "-sf", "-o", "/dev/null", f"{url}/livez"], check=True)
    return server, url, (time.perf_counter() - began) * 1_000


async def post(session: aiohttp.ClientSession, url: str, data: bytes) -> float:
    """Milliseconds of one accepted send."""
    began = time.perf_counter()
    async with session.post(f"{url}/1/im", data=data, headers=HEADERS) as answer:
        await answer.read()
        assert answer.status == 200, await answer.text()
    return (time.perf_counter() - began) * 1_000


async def others_while(session: aiohttp.ClientSession, url: str, data: bytes) -> tuple[float, list[float]]:
    """A large send, and what small sends took meanwhile."""
    small, waits = body(1), []
    large = asyncio.create_task(post(session, url, data))
    while not large.done():
        waits.append(await post(session, url, small))
    return await large, waits


async def floor(data: bytes) -> float:
    """Milliseconds in which a bare application reads the same body as JSON and answers as many bytes."""
    answer_bytes = b"x" * (len(data) // 2)

    async def handle(request: web.Request) -> web.Response:
        await request.json()
        return web.Response(body=answer_bytes)

    app = web.Application(client_max_size=2**26)
    app.router.add_post("/1/im", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        taken = [await post(session, url, data) for _ in range(5)]
    await runner.cleanup()
    return statistics.median(taken)


async def reports(session: aiohttp.ClientSession, url: str) -> tuple[int, int, float, list[float]]:
    """Posts and reports that a send to 50,000 brought back, the milliseconds they took, and what others waited."""
    posts: list[int] = []

    async def handle(request: web.Request) -> web.Response:
        posts.append(len((await request.json())["data"]))
        return web.Response()

    app = web.Application(client_max_size=2**26)
    app.router.add_post("/reports", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await post(session, url, body(50_000, f"http://127.0.0.1:{runner.addresses[0][1]}/reports"))
    began = time.perf_counter()
    advance = asyncio.create_task(settle(session, url))
    waits = []
    while not advance.done():
        waits.append(await post(session, url, body(1)))
    taken = (time.perf_counter() - began) * 1_000
    await runner.cleanup()
    return len(posts), sum(posts), taken, waits


async def settle(session: aiohttp.ClientSession, url: str) -> None:
    """Advances until nothing is left to happen."""
    async with session.post(f"{url}/__admin/clock/advance", json={"until": "idle", "limit": 0}) as answer:
        assert answer.status == 200, await answer.text()


async def measure() -> None:
    firsts = []
    for _ in range(5):
        server, url, first = start("--clock", "frozen")
        server.terminate()
        server.wait()
        firsts.append(first)
    print(f"first answer after process start: median {statistics.median(firsts):.0f} ms of {len(firsts)}")
    server, url, _ = start("--clock", "frozen")
    try:
        async with aiohttp.ClientSession() as session:
            ones = [await post(session, url, body(1)) for _ in range(500)]
            print(f"one send, one connection: median {statistics.median(ones):.2f} ms of {len(ones)}")
            large = body(50_000)
            bulk = [await post(session, url, large) for _ in range(5)]
            bare = await floor(large)
            print(f"50,000 destinations: median {statistics.median(bulk):.0f} ms of 5; bare application {bare:.0f} ms")
            taken, waits = await others_while(session, url, large)
            print(f"others meanwhile: {len(waits)} sends in {taken:.0f} ms, longest {max(waits):.0f} ms")
            count, told, ms, waits = await reports(session, url)
            print(f"reports of 50,000 destinations: {told} in {count} posts, settled in {ms:.0f} ms")
            middle = statistics.median(waits)
            print(f"others meanwhile: {len(waits)} sends, median {middle:.0f} ms, longest {max(waits):.0f} ms")
    finally:
        server.terminate()
        print(f"exit status {server.wait()}")


if __name__ == "__main__":
    asyncio.run(measure())
