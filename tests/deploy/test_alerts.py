"""Which alerts fire, and whom they wake: Prometheus's own tool reads the files of deploy/monitoring."""

import re
import subprocess
from pathlib import Path

import pytest

from cluster.process import ROOT
from cluster.programs import on_path
from cluster.prometheus_server import MONITORING, RULES

pytestmark = pytest.mark.programs

CASES = Path(__file__).with_name("alert_cases.yml")
TELLING = (MONITORING / "alertmanager.yml").read_text()


def promtool(*arguments: str | Path) -> None:
    command = [on_path("promtool")[0], *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_its_configuration_with_the_rules() -> None:
    promtool("check", "config", MONITORING / "prometheus.yml")


def test_alerts_fire_for_many_faults_and_not_for_few() -> None:
    promtool("test", "rules", CASES)


def test_the_document_says_of_each_alert_whom_it_wakes() -> None:
    alert = re.compile(r"- alert: (\w+)\n.*?severity: (\w+)", re.DOTALL)
    document = (ROOT / "docs/monitoring.md").read_text()
    explained = re.findall(r"^\| `(Qader\w+)` \| (\w+) \|", document, re.MULTILINE)
    assert dict(explained) == dict(alert.findall(RULES.read_text()))


def test_each_receiver_of_alerts_is_defined_and_those_that_page_have_their_own() -> None:
    named = re.findall(r"receiver: ([\w-]+)", TELLING)
    assert named == re.findall(r"- name: ([\w-]+)", TELLING)[::-1] == ["tickets", "on-call"]
    assert 'matchers: [severity="page"]' in TELLING
    assert set(re.findall(r'alertname="(\w+)"', TELLING)) <= set(
        re.findall(r"alert: (\w+)", RULES.read_text())
    )
