"""A stream over SSE, read by a thread, with the moment at which each part came."""

import socket
import threading
import zlib
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse

from qader_sse.doctor.path.received import Received

_READ_BYTES = 16 * 1024


class EventStream(Received):
    """Opens a stream at once; `status` is 0 until its head has come."""

    def __init__(self, connection: HTTPConnection, path: str, headers: dict[str, str]) -> None:
        super().__init__()
        self.status = 0
        self.encoding = ""
        self._connection = connection
        self._socket: socket.socket = connection.sock
        self._socket.settimeout(None)
        connection.request("GET", path, headers=headers)
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        """End the stream as a page does that is left."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self.wait_for_end(1)
        self._connection.close()

    def _run(self) -> None:
        try:
            with self._connection.getresponse() as response:
                self._read(response)
        except (OSError, HTTPException, ValueError, AttributeError):
            pass  # cut, or closed meanwhile: http.client then finds its own parts missing
        finally:
            self.end()

    def _read(self, response: HTTPResponse) -> None:
        encoding = response.headers.get("Content-Encoding", "").lower()
        self.encoding = "" if encoding == "identity" else encoding
        self.status = response.status
        decoder = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32) if self.encoding else None
        while data := response.read1(_READ_BYTES):
            try:
                self.add(decoder.decompress(data) if decoder else data)
            except zlib.error:
                self.add(data)  # another coding than those that were asked for
