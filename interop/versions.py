"""The versions of what takes part: of clients, of what runs them, and of proxies."""

import json
import platform
import re
import subprocess
from functools import cache

from cluster.process import MissingProgram
from cluster.programs import on_path
from interop.clients import BROWSERS, ROOT, Client

_FOLDER = ROOT / "interop"


def version(client: Client) -> str:
    """Return the version of the client's package."""
    if client.runs_in_browser and client.package == client.runs_in:
        return of_program(client.runs_in, "--version")
    if client.package == "java":
        return of_program("java", "-version")
    if client.package == "curl":
        return of_program("curl", "--version")
    return pinned_version(client)


def pinned_version(client: Client) -> str:
    """Return the version that requirements.txt or package.json pins."""
    return _python()[client.package] if client.runs_in == "python" else _npm()[client.package]


def environment() -> dict[str, str]:
    """Return what runs the clients, and the proxies, by name."""
    return {
        "Python": platform.python_version(),
        "Node": of_program("node", "--version"),
        "Java": of_program("java", "-version"),
        **{browser: of_program(browser, "--version") for browser in BROWSERS},
        "nginx": of_server("nginx", "-v"),
        "HAProxy": of_server("haproxy", "-v"),
        "Caddy": of_server("caddy", "version"),
        "Apache": of_server("apache2", "-v"),
        "Varnish": of_server("varnishd", "-V"),
    }


def of_server(name: str, option: str) -> str:
    found = on_path(name)
    if not found:
        raise MissingProgram(f"{name} is not installed: make clients installs it")
    return of_program(str(found[0]), option)


@cache
def of_program(*command: str) -> str:
    """Run a command that names its version, on either output; return the version."""
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    found = re.search(r"\d+(?:\.\d+)+", said.stdout + said.stderr)
    return found.group() if found else "unknown"


@cache
def _npm() -> dict[str, str]:
    packages = json.loads((_FOLDER / "package.json").read_text())["dependencies"]
    return {name: wanted.rpartition("@")[2] for name, wanted in packages.items()}


@cache
def _python() -> dict[str, str]:
    pins = re.findall(
        r"^([\w.-]+)==(\S+)", (_FOLDER / "requirements.txt").read_text(), re.MULTILINE
    )
    return dict(pins)
