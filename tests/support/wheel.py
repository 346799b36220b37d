"""The wheel of the service, and environments that have it and what it requires, and nothing else."""

import subprocess
import sys
import venv
from importlib.metadata import distribution
from pathlib import Path
from zipfile import ZipFile

from qader_sse.installation import ROOT
from tools.lock_files import pins_here

PIP = ROOT / ".venv/deploy/bin/pip"


def pip(*arguments: str | Path) -> str:
    assert PIP.exists(), "not installed: make .venv/installed-deploy"
    command = [PIP, "--disable-pip-version-check", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def build(folder: Path, source: Path = ROOT) -> Path:
    pip(
        *("wheel", "--no-deps", "--no-build-isolation", "--check-build-dependencies"),
        *("--wheel-dir", folder, source),
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def expected_files() -> list[str]:
    """Return what a wheel has to hold: the package, and what stands elsewhere in a clone."""
    inside = {f"qader_sse/{name}": ROOT / name for name in ("migrations", "sample")} | {
        "qader_sse": ROOT / "qader_sse",
        "qader_sse/static/client": ROOT / "clients/js/src",
    }
    found = [
        f"{name}/{path.relative_to(folder)}"
        for name, folder in inside.items()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    return sorted([*found, "qader_sse/gunicorn.conf.py"])


def files_in(wheel: Path) -> list[str]:
    return sorted(name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name)


def install(wheel: Path, environment: Path) -> Path:
    """Install a wheel into a new environment; return the folder of its commands.

    What the wheel requires is linked from the environment that runs the tests: to install that
    would take ten seconds.
    """
    venv.create(environment, symlinks=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = environment / "lib" / version / "site-packages"
    for name in pins_here(ROOT / "requirements.txt"):
        found = distribution(name)
        for part in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            if not (packages / part).exists():  # zope is of two
                (packages / part).symlink_to(str(found.locate_file(part)))
    commands = environment / "bin"
    pip("--python", commands / "python", "install", "--no-deps", "--no-index", wheel)
    put_command(commands / "gunicorn", "from gunicorn.app.wsgiapp import run; run()")
    return commands


def put_command(path: Path, code: str) -> None:
    """Write a command as pip does."""
    path.write_text(f"#!{path.with_name('python')}\n{code}\n")
    path.chmod(0o755)
