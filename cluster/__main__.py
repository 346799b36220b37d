"""`make cluster`: the whole service on this machine, until Ctrl-C."""

import logging
import os
import signal
import sys
from contextlib import suppress

from cluster.local_cluster import Cluster
from cluster.process import MissingProgram, is_listening
from cluster.signals import end_by_interrupt
from qader_sse.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD

_ADDRESSES = """
Open {base_url}/ and sign in as {names} (password: {password}).
This is nginx; behind it are:

  {nodes}
  Redis       {redis}
  PostgreSQL  {postgres}
  logs        {folder}

Stop with Ctrl-C.
"""


def main() -> None:
    logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stdout)
    port = int(os.environ.get("PORT") or 0)
    if port and is_listening(port):
        sys.exit(f"PORT: port {port} is in use. Stop what listens there, or set PORT to another.")
    try:
        cluster = Cluster(port=port or None, FAIR_SHARES="true")
    except MissingProgram as problem:
        sys.exit(str(problem))
    end_by_interrupt()
    with suppress(KeyboardInterrupt), cluster:
        print(_describe(cluster), flush=True)
        signal.pause()
    print("\nAll stopped.")


def _describe(cluster: Cluster) -> str:
    return _ADDRESSES.format(
        base_url=cluster.base_url,
        names=" or ".join(account.username for account in DEMO_ACCOUNTS),
        password=DEMO_PASSWORD,
        nodes="\n  ".join(f"{node.process.name:11} {node.base_url}" for node in cluster.nodes),
        redis=cluster.redis.url,
        postgres=cluster.postgres.url.replace("+psycopg", "", 1),  # as psql takes it
        folder=cluster.folder,
    )


if __name__ == "__main__":
    main()
