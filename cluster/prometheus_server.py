"""A real Prometheus that scrapes nodes, with the rules of `deploy/monitoring`."""

import json
import os
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cluster.process import ROOT, MissingProgram, Process, free_port
from cluster.programs import on_path
from cluster.server import Server

MONITORING = ROOT / "deploy/monitoring"
RULES = MONITORING / "alerts.yml"
_CONFIG = """\
global: {{ scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 1h }}
rule_files: [{rules}]
scrape_configs:
  - job_name: qader
    static_configs: [{{ targets: {targets} }}]
"""


class PrometheusServer(Server):
    """A Prometheus on 127.0.0.1 with a folder of its own."""

    def __init__(self, folder: Path, targets: Sequence[str]) -> None:
        found = on_path("prometheus")
        if not found:
            raise MissingProgram("prometheus is not installed: apt-get install prometheus")
        self.port = free_port()
        own_folder = folder / "prometheus"
        own_folder.mkdir(parents=True, exist_ok=True)
        config = own_folder / "prometheus.yml"
        config.write_text(_CONFIG.format(rules=RULES, targets=json.dumps(list(targets))))
        command: list[str | Path] = [
            *(found[0], f"--config.file={config}", f"--storage.tsdb.path={own_folder}"),
            f"--web.listen-address=127.0.0.1:{self.port}",
        ]
        self.process = Process("prometheus", command, folder, {"GOMAXPROCS": str(os.cpu_count())})

    def start(self) -> None:
        self.process.start()
        self.process.wait_until_up(self._is_ready)

    def stop(self) -> None:
        self.process.stop()

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series of an expression now. Raises HTTPError for one that is malformed."""
        return self._get("query", query=expression)["result"]  # type: ignore[no-any-return]

    def rules(self) -> list[dict[str, Any]]:
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=2):
                return True
        except OSError:  # not listening, or a 503 because it still reads its store
            return False

    def _get(self, path: str, **parameters: str) -> dict[str, Any]:
        query = urllib.parse.urlencode(parameters)
        address = f"http://127.0.0.1:{self.port}/api/v1/{path}?{query}"
        with urllib.request.urlopen(address, timeout=10) as answer:  # our own
            found: dict[str, Any] = json.load(answer)["data"]
        return found
