"""Forwards TCP connections to a port, and applies the faults it is commanded.

    python -m cluster.fault_proxy TARGET_PORT [PORT]

It writes its state as one line of JSON when it listens, and that or an error after each command.
Commands are lines of JSON on the standard input; the program ends with its input, so that it cannot
outlive its parent process. `{"command": "state"}` only asks, `{"command": "reset"}` resets every open
connection once, `{"command": "target", "target_port": 5433}` forwards to another port from then on and
resets what is open, and `{"command": "set", "name": "cut", "bytes": 3000}` replaces the fault:

    pass            forward at once; what a partition or a buffer held back goes on its way
    delay           forward each chunk after a random time from `low_ms` to `high_ms`, in order
    partition       forward nothing and lose nothing, as a network that drops packets
    refuse          reset every connection and listen no more, as a machine whose server has ended
    reset           reset every connection that is open, and each new one at its first request
    cut             reset in the middle of an answer, after a random number of up to `bytes`
    half_open       accept everything, forward nothing and close nothing, for good
    buffer          hold back the body of an event stream until it ends
    bad_gateway     reset what is open, and answer each request with a 502
    captive_portal  reset what is open, and answer each request with a page of HTML

`"chance": 0.3` concerns that share of the connections only, and `"only": "streams"` (also of
`reset`) those that carry an event stream, known by a path of /sse/ or /ar/sse/.
"""

import asyncio
import json
import sys
from typing import Any

from cluster.fault_proxy.faults import Fault
from cluster.fault_proxy.server import FaultProxyServer


async def serve(target_port: int, port: int = 0) -> None:
    """Carry out the commands on the standard input, until it ends."""
    proxy = FaultProxyServer(target_port, port)
    await proxy.set_fault(Fault())
    _write(proxy.describe())
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async for line in lines:
        try:
            await _carry_out(proxy, **json.loads(line))
        except (TypeError, ValueError) as error:
            _write({"error": str(error)})
        else:
            _write(proxy.describe())


async def _carry_out(proxy: FaultProxyServer, command: str, **options: Any) -> None:
    match command:
        case "set":
            await proxy.set_fault(Fault.parse(options))
        case "reset":
            await proxy.reset_connections(**options)
        case "target":
            await proxy.forward_to(**options)
        case "state":
            pass
        case _:
            raise ValueError(f"unknown command: {command}")


def _write(content: object) -> None:
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(*map(int, sys.argv[1:])))
