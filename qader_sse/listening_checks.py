"""Whether the addresses that the service is to listen on can be had. Nothing of the project is imported.

gunicorn.conf.py reads this by its file, because to import the package would import the app.
"""

import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack

# A host and a port; a string is the path of a unix socket.
Address = tuple[str, int] | str


def why_not_to_listen(addresses: Sequence[Address], environ: Mapping[str, str]) -> str:
    """Return why the service cannot listen as it is set to, as a sentence, or "".

    The `addresses` are gunicorn's, among them that of the metrics, if they have one.
    """
    metrics, health = environ.get("METRICS_ADDRESS", ""), environ.get("HEALTH_ADDRESS", "")
    settings = {_port(metrics): "METRICS_ADDRESS", _port(health): "HEALTH_ADDRESS"}
    return (
        _why_not_to_tell_metrics_apart(metrics, addresses)
        or _why_not_to_serve_metrics(metrics, environ)
        or _why_not_to_open(_to_open(addresses, health, environ), settings)
    )


def _port(address: str) -> str:
    return address.rpartition(":")[2]


def _why_not_to_tell_metrics_apart(metrics: str, addresses: Sequence[Address]) -> str:
    """Return that the service listens at the port of the metrics itself, or ""."""
    ports = [str(address[1]) for address in addresses if isinstance(address, tuple)]
    if ports.count(_port(metrics)) > (1 if len(addresses) > 1 else 0):
        return (
            f"METRICS_ADDRESS: port {_port(metrics)} is the service's own, and the metrics are known by theirs."
            " Give them another, such as 9464."
        )
    return ""


def _why_not_to_serve_metrics(metrics: str, environ: Mapping[str, str]) -> str:
    """Return that systemd opened no port for the metrics, or "".

    Gunicorn opens none beside those that systemd hands it, and the metrics would be nowhere.
    """
    port = _port(metrics)
    if not port or environ.get("LISTEN_PID") != str(os.getpid()):
        return ""
    for descriptor in range(3, 3 + int(environ["LISTEN_FDS"])):  # as sd_listen_fds(3) has it
        with socket.socket(fileno=os.dup(descriptor)) as handed_over:
            name = handed_over.getsockname()
        if isinstance(name, tuple) and str(name[1]) == port:
            return ""
    return (
        f"METRICS_ADDRESS: systemd opens no port {port}. Add ListenStream="
        f"{metrics} to qader-sse.socket, or unset METRICS_ADDRESS."
    )


def _to_open(
    addresses: Iterable[Address], health: str, environ: Mapping[str, str]
) -> list[tuple[str, int]]:
    """Return the hosts and ports that this process and its workers open themselves."""
    wanted = [address for address in addresses if isinstance(address, tuple)]
    if "GUNICORN_FD" in environ or "LISTEN_FDS" in environ:
        wanted = []  # the sockets come from an earlier gunicorn or from systemd, and listen already
    # Workers open the port for health checks themselves, also where systemd opens the others. Where an
    # earlier gunicorn still serves, its workers have it open.
    host, _, port = health.rpartition(":")
    if port.isdecimal() and "GUNICORN_FD" not in environ:
        wanted.append((host.strip("[]"), int(port)))
    return wanted


def _why_not_to_open(wanted: Iterable[tuple[str, int]], settings: Mapping[str, str]) -> str:
    """Return which address cannot be listened on, or "".

    Gunicorn itself would try five times within five seconds, with two lines of the log for each.
    """
    with ExitStack() as attempts:  # all are held, because two of them may name one port
        for host, port in wanted:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            attempt = attempts.enter_context(socket.socket(family))
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((host, port))
                attempt.listen()
            except OSError as error:
                setting = settings.get(str(port), "PORT")
                return (
                    f"{setting}: port {port} of {host} cannot be used ({error.strerror}). Stop what"
                    f" listens there, or set {setting} to another."
                )
    return ""
