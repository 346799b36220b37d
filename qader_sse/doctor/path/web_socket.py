"""A WebSocket, read by a thread, with the moment at which each message came."""

import socket
import threading
from contextlib import suppress

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from qader_sse.doctor.path.received import Received

_READ_BYTES = 16 * 1024


class WebSocket(Received):
    """Opens a WebSocket at once; `status` is 0 until the handshake is answered, then 101 or another."""

    def __init__(
        self, connected: socket.socket, host: str, path: str, headers: dict[str, str]
    ) -> None:
        super().__init__()
        self.status = 0
        self.close_code = 0
        self._socket = connected
        self._socket.settimeout(None)
        self._protocol = WSConnection(ConnectionType.CLIENT)
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        request = Request(host=host, target=path, extra_headers=sent)
        self._socket.sendall(self._protocol.send(request))
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self.wait_for_end(1)
        self._socket.close()

    def _run(self) -> None:
        try:
            while data := self._socket.recv(_READ_BYTES):
                self._protocol.receive_data(data)
                for event in self._protocol.events():
                    self._take(event)
        except (OSError, RemoteProtocolError, LocalProtocolError):
            pass  # cut, closed meanwhile, or no WebSocket
        finally:
            self.end()

    def _take(self, event: object) -> None:
        match event:
            case AcceptConnection():
                self.status = 101
                self.add(b"")
            case RejectConnection(status_code=status):
                self.status = status
                self.end()
            case TextMessage(data=text):
                self.add(text.encode())
            case Ping() as ping:
                self.note_life()
                self._socket.sendall(self._protocol.send(ping.response()))
            case CloseConnection(code=code):
                self.close_code = code
