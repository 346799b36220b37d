"""A client that takes little of what is sent to it before it reads."""

import socket
from urllib.parse import urlsplit

from qader_client.rest import Api


def connect(api: Api, request_line: str, *headers: str, buffer_bytes: int = 2048) -> socket.socket:
    """Send a request on a connection whose kernel buffer takes little before anybody reads."""
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
    slow.settimeout(30)
    address = urlsplit(api.base_url)
    slow.connect((address.hostname, address.port))
    lines = [request_line, "Host: x", f"Cookie: sessionid={api.cookie}", *headers, "", ""]
    slow.sendall("\r\n".join(lines).encode())
    return slow
