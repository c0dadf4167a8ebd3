import asyncio

import aiohttp


async def main() -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            "https://rest.fortytwo.com/1/im",
            headers={"Authorization": "Token 00000000-0000-4000-8000-000000000042"},
            json={"destinations": [{"number": "35699000001"}], "sms_content": {"message": "Hello from plain aiohttp"}},
        ) as answer,
    ):
        print(answer.status, await answer.text())


asyncio.run(main())
