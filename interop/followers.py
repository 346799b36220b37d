"""The client programs of one scenario: started, read, and ended."""

import asyncio
import json
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from interop.clients import BROWSERS, ROOT, Client, command
from interop.record import Record

_LINE_BYTES = 4 * 1024 * 1024
_PATIENCE_SECONDS = 10


class Followers:
    """Runs a program for each client; `records` grows as they report.

    `urls` has the address that each client follows. With an empty cookie, clients are not signed
    in. What programs write on their standard error goes into `log`.
    """

    def __init__(self, urls: Mapping[Client, str], cookie: str, log: Path) -> None:
        self.records = {client: Record() for client in urls}
        self._urls, self._cookie, self._log = urls, cookie, log
        self._processes: list[asyncio.subprocess.Process] = []
        self._readers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        for client, url in self._urls.items():
            if not client.runs_in_browser:
                await self._start(command(client, url, self._cookie), client)
        for browser in BROWSERS:
            if clients := [client for client in self._urls if client.runs_in == browser]:
                await self._start(self._browser_command(browser, clients), None)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.end()

    async def end(self) -> None:
        """End every program, and read the rest of what it has written."""
        await asyncio.gather(*map(_end, self._processes))
        await asyncio.gather(*self._readers)

    def _browser_command(self, browser: str, clients: Sequence[Client]) -> Sequence[str | Path]:
        pages = [
            {"name": client.label, "program": client.path.stem, "url": self._urls[client]}
            for client in clients
        ]
        driver = ROOT / "interop" / "clients" / "javascript" / "in_browser.js"
        return ["node", driver, browser, json.dumps({"cookie": self._cookie, "clients": pages})]

    async def _start(self, command: Sequence[str | Path], client: Client | None) -> None:
        with self._log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=_LINE_BYTES,
                start_new_session=True,  # so that `_end` can kill its children as well
            )
        self._processes.append(process)
        self._readers.append(asyncio.create_task(self._read(process, client)))

    async def _read(self, process: asyncio.subprocess.Process, client: Client | None) -> None:
        by_name = {client.label: record for client, record in self.records.items()}
        assert process.stdout  # noqa: S101  # it is a pipe
        async for line in process.stdout:
            if not line.startswith(b"{"):
                continue  # not a report: some libraries log to the standard output
            said = json.loads(line)
            (self.records[client] if client else by_name[said["client"]]).take(said)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask a program to end, since a browser has files to remove; then kill it and its children."""
    with suppress(ProcessLookupError):
        process.terminate()
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _PATIENCE_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
