"""The files of deploy/ that no test can run: what reads them finds them right, and they fit together."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cluster.process import ROOT
from cluster.programs import on_path
from qader_sse.config import BadSetting, Settings
from tests.support import wheel as wheels

DEPLOY = ROOT / "deploy"
LINTERS = ROOT / ".venv/deploy/bin"
COMPOSE = DEPLOY / "docker" / "compose.yaml"
DOCKERFILE = DEPLOY / "docker" / "Dockerfile"
SERVICE = DEPLOY / "systemd" / "qader-sse.service"
UPGRADE = DEPLOY / "systemd" / "qader-sse-upgrade.service"
PODS = DEPLOY / "kubernetes" / "qader-sse.yaml"
# How long nothing may be left of the time in which a node is killed.
SPARE_SECONDS = 5


def ran(*command: str | Path) -> str:
    """Run a program that has to find nothing wrong; return what it says."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def number(pattern: str, path: Path) -> int:
    found = re.search(pattern, path.read_text(), re.MULTILINE)
    assert found, f"{path.name}: {pattern}"
    return int(found[1])


def test_systemd_knows_every_line_of_the_units(tmp_path: Path) -> None:
    wheels.put_command(tmp_path / "qader-sse", "")
    units = []
    for unit in sorted((DEPLOY / "systemd").glob("*.*")):
        text = unit.read_text().replace("/opt/qader-sse/bin", str(tmp_path))
        units.append(tmp_path / unit.name)
        units[-1].write_text(text)
    assert len(units) == 3
    assert ran(on_path("systemd-analyze")[0], "verify", "--man=no", *units) == ""


def test_a_command_has_what_the_service_has() -> None:
    script = DEPLOY / "systemd" / "qader-sse"
    properties = re.findall(r"--property=(\w+=\S+)", script.read_text())
    lines = SERVICE.read_text().splitlines()
    assert [line for line in properties if line not in lines] == []
    assert {line.partition("=")[0] for line in properties} >= {
        "EnvironmentFile",
        "DynamicUser",
        "User",
        "StateDirectory",
        "WorkingDirectory",
    }
    assert script.stat().st_mode & 0o111


@pytest.mark.parametrize("unit", [SERVICE, UPGRADE], ids=lambda unit: unit.stem)
def test_systemd_finds_what_it_runs_little_exposed(unit: Path) -> None:
    """From 0 to 10; without the hardening it is 9.2."""
    ran(on_path("systemd-analyze")[0], "security", "--offline=yes", "--threshold=15", unit)


def test_the_upgrade_leaves_a_node_that_runs_its_folder() -> None:
    """systemd gives a StateDirectory to the account that starts last, and accounts go by name."""
    names = ("DynamicUser", "User", "StateDirectory", "StateDirectoryMode")
    of_service, of_upgrade = (
        [re.findall(rf"^{name}=(.+)$", unit.read_text(), re.MULTILINE) for name in names]
        for unit in (SERVICE, UPGRADE)
    )
    assert of_service == of_upgrade == [["yes"], ["qader-sse"], ["qader-sse"], ["0700"]]


def test_the_dockerfile_is_as_hadolint_wants_it() -> None:
    assert ran(LINTERS / "hadolint", DOCKERFILE) == ""


def test_the_image_is_built_from_all_that_it_needs(tmp_path: Path) -> None:
    """Its context holds only what .dockerignore lets in."""
    let_in = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    for name in let_in:
        target = tmp_path / "context" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, symlinks=True)
        else:
            shutil.copy(ROOT / name, target)
    copied = re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE.read_text(), re.MULTILINE)
    assert [name for name in copied if not (tmp_path / "context" / name).exists()] == []
    built = wheels.build(tmp_path / "wheels", tmp_path / "context")
    assert wheels.files_in(built) == wheels.expected_files()


def test_the_compose_file_is_one() -> None:
    command = (LINTERS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)
    assert ran(*command) == "ok -- validation done\n"
    mounted = re.findall(r"^ +- (\.\./\S+?):", COMPOSE.read_text(), re.MULTILINE)
    assert [path for path in mounted if not (COMPOSE.parent / path).is_file()] == []
    assert mounted


def test_kubernetes_knows_every_field_of_the_manifests() -> None:
    manifests = sorted((DEPLOY / "kubernetes").iterdir())
    said = ran(LINTERS / "kubernetes-validate", "--strict", *manifests)
    assert re.findall(r"for resource (\w+)/", said) == [
        "deployment",
        "service",
        "poddisruptionbudget",
        "networkpolicy",
        "ingress",
        "job",
    ]


def test_nothing_is_killed_before_it_had_the_time_to_drain() -> None:
    graceful = number(r"^graceful_timeout = (\d+)", ROOT / "gunicorn.conf.py")
    pod = number(r"terminationGracePeriodSeconds: (\d+)", PODS)
    assert pod >= number(r"sleep: \{ seconds: (\d+) \}", PODS) + graceful + SPARE_SECONDS
    assert number(r"^TimeoutStopSec=(\d+)", SERVICE) >= graceful + SPARE_SECONDS
    assert number(r"stop_grace_period: (\d+)s", COMPOSE) >= graceful + SPARE_SECONDS


def test_the_settings_of_production_exist_and_fit() -> None:
    text = (DEPLOY / "environment.example").read_text()
    given = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text, re.MULTILINE))
    unknown = [name for name in given if name.lower() not in Settings.__dataclass_fields__]
    of_gunicorn = {"WEB_CONCURRENCY", "PORT", "FORWARDED_ALLOW_IPS"}
    assert set(unknown) == of_gunicorn
    with pytest.raises(BadSetting, match="SECRET_KEY is not set"):
        Settings.from_env(given)
    Settings.from_env(given | {"SECRET_KEY": "a-key-for-tests-only"})
    assert [value for value in given.values() if re.search(r"[\s\"'$#]", value)] == []


def test_the_readme_names_every_file() -> None:
    readme = (DEPLOY / "README.md").read_text()
    files = [path for path in DEPLOY.rglob("*") if path.is_file() and path.suffix != ".in"]
    missing = [path for path in files if f"`{path.relative_to(DEPLOY)}`" not in readme]
    assert [path for path in missing if f"`{path.parent.name}/`" not in readme] == [
        DEPLOY / "README.md"
    ]


@pytest.mark.parametrize("name", ["HOST", "FORWARDED_ALLOW_IPS"])
def test_containers_listen_and_believe_their_proxy(name: str) -> None:
    """In a container, what is right on a machine of one's own would leave a node without visitors."""
    wanted = {"HOST": "0.0.0.0", "FORWARDED_ALLOW_IPS": '"*"'}[name]  # noqa: S104  # in a container
    assert f"{name}: {wanted}" in COMPOSE.read_text()
    assert f"{{ name: {name}, value: {wanted} }}" in PODS.read_text()
