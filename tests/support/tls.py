"""A server that speaks TLS itself, behind a port without TLS for the clients of these tests."""

import asyncio
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

import trustme

from cluster.local_server import LocalServer
from cluster.process import free_port


class TlsServer(LocalServer):
    """gunicorn with a certificate; `base_url` is a port that decrypts and forwards."""

    def __init__(self, folder: Path, **settings: str) -> None:
        authority = trustme.CA()
        certificate = folder / "server.pem"
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
        files = f"--certfile {certificate} --keyfile {certificate}"
        super().__init__(GUNICORN_CMD_ARGS=files, **settings)
        self._context = ssl.create_default_context()
        authority.configure_trust(self._context)
        self._tls_port, self.port = self.port, free_port()

    def __enter__(self) -> Self:
        threading.Thread(target=asyncio.run, args=(self._terminate_tls(),), daemon=True).start()
        return super().__enter__()

    async def _terminate_tls(self) -> None:
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
        await asyncio.gather(_copy(reader, server[1]), _copy(server[0], writer))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(16 * 1024):
            target.write(data)
            await target.drain()
    target.close()
