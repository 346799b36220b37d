"""Listens, and keeps the connections through the proxy."""

import asyncio
import socket
from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from typing import Any

from cluster.fault_proxy.connection import Connection
from cluster.fault_proxy.faults import Fault, FaultState

# Faults that also end the connections that are open when they begin.
_RESETTING = ("refuse", "reset", "bad_gateway", "captive_portal")


class FaultProxyServer:
    """Forwards from a port of 127.0.0.1 to another one. Port 0: the kernel chooses."""

    def __init__(self, target_port: int, port: int = 0) -> None:
        self.port = port
        self._target_port = target_port
        self._state = FaultState()
        self._listening: asyncio.Task[None] | None = None
        self._connections: dict[Connection, asyncio.Task[None]] = {}

    async def set_fault(self, fault: Fault) -> None:
        """Replace the fault, for new connections and for those that are open."""
        self._state.replace(fault)
        if fault.name == "refuse":
            await self._stop_listening()
        else:
            self._listen()
        for connection in self._connections:
            connection.fault_changed()
        if fault.name in _RESETTING:
            await self._reset([c for c in self._connections if c.fault is fault])

    async def reset_connections(self, only: str | None = None) -> None:
        """Reset every open connection, or every event stream, once."""
        await self._reset([c for c in self._connections if only is None or c.is_open_stream])

    async def forward_to(self, target_port: int) -> None:
        """Forward to another port from now on; what is open is reset."""
        self._target_port = target_port
        await self.reset_connections()

    def describe(self) -> dict[str, Any]:
        return {
            "port": self.port,
            "fault": asdict(self._state.fault),
            "counts": dict(self._state.counts),
            "open_streams": sum(connection.is_open_stream for connection in self._connections),
        }

    async def _reset(self, connections: Iterable[Connection]) -> None:
        tasks = [self._connections[connection] for connection in connections]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _listen(self) -> None:
        if self._listening is None:
            listener = socket.create_server(("127.0.0.1", self.port), backlog=1024)
            self.port = listener.getsockname()[1]
            self._listening = asyncio.create_task(self._accept(listener))

    async def _stop_listening(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])
            self._listening = None

    async def _accept(self, listener: socket.socket) -> None:
        with listener:
            listener.setblocking(False)
            while True:
                client, _ = await asyncio.get_running_loop().sock_accept(listener)
                connection = Connection(client, self._target_port, self._state)
                task = asyncio.create_task(connection.run())
                self._connections[connection] = task
                task.add_done_callback(partial(self._forget, connection))

    def _forget(self, connection: Connection, _: asyncio.Task[None]) -> None:
        del self._connections[connection]
