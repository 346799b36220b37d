"""Plays duels while two nodes are upgraded from an earlier commit to this checkout, one by one.

    PYTHONPATH=clients/python:. .venv/bin/python -m tools.upgrade_under_load COMMIT

It fails if anything is lost, doubled, out of order, stuck or refused. The commit comes from the
history, and its nodes run on the libraries of this checkout's environment.
"""

# ruff: noqa: E402  # gevent has to patch before anything else is imported

from gevent import monkey

monkey.patch_all()

import argparse
import io
import subprocess
import sys
import tarfile
import time
from functools import partial
from pathlib import Path

from chaos import campaign
from chaos.campaign import Plan
from chaos.faults import Fault, Target
from cluster.local_cluster import Cluster
from cluster.process import ROOT, temporary_folder
from cluster.signals import end_by_interrupt

# For so long the old and the new code serve together at least.
_SIDE_BY_SIDE_SECONDS = 5.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.upgrade_under_load")
    parser.add_argument("commit", help="what the nodes run before, such as a tag")
    parser.add_argument("--duels", type=int, default=20, help="duels at a time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--seconds", type=float, default=60, help="of play; more where the upgrade takes longer"
    )
    parser.add_argument("--logs", type=Path, metavar="FOLDER", help="store the servers' logs there")
    options = parser.parse_args()
    end_by_interrupt()
    before = _checkout(options.commit)
    seconds = options.seconds
    upgrade = Fault("upgrade", "An upgrade, node by node", _upgrade, seconds, seconds)
    make_cluster = partial(Cluster, root=before)
    plan = Plan([upgrade], 1, options.seed, options.duels, options.logs, make_cluster)
    ((_, outcome),) = campaign.run(plan, print)
    for problem in outcome.problems:
        print(f"problem: {problem}", file=sys.stderr)
    return int(outcome.is_bad)


def _upgrade(target: Target) -> str:
    """Bring the tables to this checkout's version, then replace each node while the others serve."""
    nodes = target.cluster.nodes
    before, began_at = _revision(target), time.monotonic()
    nodes[0].flask("db", "upgrade", root=ROOT)
    migrated = time.monotonic() - began_at
    for node in nodes:
        target.cluster.nginx.leave_out(node.port)  # docs/upgrading.md says why
        node.replace(ROOT)
        target.cluster.nginx.leave_out()
        time.sleep(_SIDE_BY_SIDE_SECONDS)
    seconds = time.monotonic() - began_at
    return (
        f"{before} to {_revision(target)} in {migrated:.1f} s,"
        f" {len(nodes)} nodes replaced within {seconds:.0f} s"
    )


def _revision(target: Target) -> str:
    ((found,),) = target.cluster.postgres.query("SELECT version_num FROM alembic_version")
    return str(found)


def _checkout(commit: str) -> Path:
    """Return a folder with the files of a commit, which is removed when this process ends."""
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True)
    folder = temporary_folder(Plan, "qader-before-")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


if __name__ == "__main__":
    sys.exit(main())
