"""aiohttp's WebSocket: it has no reconnection of its own, so the loop is its user's."""

import asyncio
import json

import aiohttp
from reporting import headers, report, url


async def follow() -> None:
    cursor, code = 0, 0
    async with aiohttp.ClientSession(headers=headers) as session:
        while code < 4000:
            try:
                async with session.ws_connect(f"{url}?last_event_id={cursor}") as socket:
                    report(opened=True)
                    async for message in socket:
                        cursor += 1
                        report(message=json.loads(message.data))
                    code = socket.close_code or 1006
                    report(closed=code)
            except aiohttp.ClientError as error:
                report(error=repr(error))
            await asyncio.sleep(1)


asyncio.run(follow())
