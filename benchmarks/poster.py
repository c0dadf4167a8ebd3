"""The floor of callbacks: a bare aiohttp client that posts one body again and again and reads each answer.

python -m benchmarks.poster --url URL --body FILE --posts 30000 --concurrency 64
"""

import argparse
import asyncio
from pathlib import Path

import aiohttp
import uvloop
from yarl import URL

HEADERS = {"Content-Type": "application/json; charset=utf-8"}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", type=URL, required=True)
    parser.add_argument("--body", type=Path, required=True)
    parser.add_argument("--posts", type=int, required=True)
    parser.add_argument("--concurrency", type=int, required=True)
    told = parser.parse_args()
    body, turns = told.body.read_bytes(), iter(range(told.posts))

    async def carry() -> None:
        for _ in turns:
            async with session.post(told.url, data=body, headers=HEADERS) as answer:
                await answer.read()

    async with aiohttp.ClientSession(raise_for_status=True) as session:
        await asyncio.gather(*(carry() for _ in range(told.concurrency)))


if __name__ == "__main__":
    uvloop.run(main())
