"""The floor: the least that an aiohttp application does. It reads a JSON body and answers what it was given at start.

    python -m benchmarks.floor --answers FOLDER

`one.json` answers small sends and `status.json` status reads, both as they are; `bulk.json` is serialised anew for each
large send, as whoever answers 50,000 destinations has to.
"""

import argparse
import asyncio
from pathlib import Path

import orjson
import uvloop
from aiohttp import web


def application(folder: Path) -> web.Application:
    one, status = (folder / "one.json").read_bytes(), (folder / "status.json").read_bytes()
    bulk = orjson.loads((folder / "bulk.json").read_bytes())

    async def send(request: web.Request) -> web.Response:
        document = await request.json(loads=orjson.loads)
        answer = orjson.dumps(bulk) if len(document["destinations"]) > 1 else one
        return web.Response(body=answer, content_type="application/json")

    async def read(_request: web.Request) -> web.Response:
        return web.Response(body=status, content_type="application/json")

    app = web.Application(client_max_size=2**27)
    app.router.add_post("/1/im", send)
    app.router.add_get("/1/im/status/{message_id}", read)
    app.router.add_get("/livez", read)
    return app


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=Path, required=True)
    parser.add_argument("--port-file", type=Path, required=True)
    told = parser.parse_args()
    runner = web.AppRunner(application(told.answers), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    told.port_file.write_text(str(runner.addresses[0][1]))
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
