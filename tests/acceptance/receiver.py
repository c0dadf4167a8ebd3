"""A receiver of callbacks in a process of its own: answers each body by the statuses given, in turn, the last for ever.

Prints its URL; `GET /` tells every post with its body and the status it was answered.
"""

import asyncio
import sys

from aiohttp import web


async def main(answers: list[int]) -> None:
    seen: dict[bytes, int] = {}
    told: list[dict[str, object]] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        turn = seen[body] = seen.get(body, -1) + 1
        status = answers[min(turn, len(answers) - 1)]
        told.append({"body": body.decode(), "status": status, "type": request.headers["Content-Type"]})
        return web.Response(status=status)

    async def tell(_request: web.Request) -> web.Response:
        return web.json_response(told)

    app = web.Application()
    app.router.add_post("/reports", take)
    app.router.add_get("/", tell)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main([int(each) for each in sys.argv[1:]]))
