"""Ports without TLS, for the clients of these tests, before servers that speak it."""

import asyncio
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import trustme

from cluster.local_server import LocalServer
from cluster.process import free_port


class Authority:
    """Issues certificates of 127.0.0.1; `bundle` is a file for those who are to trust them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = trustme.CA()
        self.bundle = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(self.bundle)

    def certificate(self, name: str, days: int = 300) -> Path:
        """Return a file with a certificate and its key."""
        ends_at = datetime.now(UTC) + timedelta(days=days)
        path = self._folder / f"{name}.pem"
        issued = self._authority.issue_cert("127.0.0.1", not_after=ends_at)
        issued.private_key_and_cert_chain_pem.write_to_path(path)
        return path


class Certificate:
    """A certificate of 127.0.0.1, in a file with its key."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder)
        self.path, self.authority_path = authority.certificate("server"), authority.bundle

    def new_context(self) -> ssl.SSLContext:
        """Return the settings of a client that trusts the certificate."""
        return ssl.create_default_context(cafile=self.authority_path)


class TlsDoor:
    """A port that decrypts what a server on another port says, until this process ends."""

    def __init__(self, certificate: Certificate, tls_port: int) -> None:
        self._context = certificate.new_context()
        self._tls_port, self.port = tls_port, free_port()
        self._copies: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        threading.Thread(target=asyncio.run, args=(self._serve(),), daemon=True).start()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._forward, "127.0.0.1", self.port)
        await server.serve_forever()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server = await asyncio.open_connection(
                "127.0.0.1", self._tls_port, ssl=self._context, server_hostname="127.0.0.1"
            )
        except OSError:
            writer.transport.abort()
            return
        copies = {
            asyncio.create_task(_copy(reader, server[1])),
            asyncio.create_task(_copy(server[0], writer)),
        }
        # The event loop holds its tasks weakly: a connection whose both ends are quiet would be
        # collected while it is open.
        self._copies |= copies
        await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
        self._copies -= copies
        for copy in copies:
            copy.cancel()
        for end in (writer, server[1]):
            end.close()


class TlsServer(LocalServer):
    """gunicorn with a certificate; `base_url` is a port that decrypts and forwards."""

    def __init__(self, folder: Path, connections: str = "4000", **settings: str) -> None:
        certificate = Certificate(folder)
        files = f"--certfile {certificate.path} --keyfile {certificate.path}"
        arguments = f"{files} --worker-connections {connections}"
        super().__init__(GUNICORN_CMD_ARGS=arguments, **settings)
        self.tls_port = self.port
        self._door = TlsDoor(certificate, self.tls_port)
        self.port = self._door.port

    def __enter__(self) -> Self:
        self._door.open()
        return super().__enter__()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(16 * 1024):
            target.write(data)
            await target.drain()
