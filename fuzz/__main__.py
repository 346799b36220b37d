"""`make fuzz`: sends 100,000 inputs, then has Schemathesis call every operation 10,000 times in all."""

import argparse
import sys
import time

from cluster.local_server import LocalServer
from fuzz import campaign, schema_run
from fuzz.leftovers import Holdings, settled

# Caches fill with the first inputs: what is held is compared with what was held after these.
_WARM_UP_SHARE = 0.1
MEMORY_BOUND = 32 * 2**20


def main() -> int:
    options = _options()
    if options.show is not None:
        print(campaign.shown(options.seed, options.show))
        return 0
    with campaign.server() as node:
        before = settled(node)
        faults = _raw_inputs(node, options.inputs, options.seed)
        if options.cases:
            faults += _schema_cases(node, options.cases, options.seed, before)
        trouble = campaign.trouble_in_log(node.log)
    for line, count in trouble.most_common(20):
        print(f"in the log, {count} ×: {line}")
    print("\n".join(faults) or "nothing went wrong")
    return int(bool(faults or trouble))


def _raw_inputs(node: LocalServer, count: int, seed: int) -> list[str]:
    warm_up = max(1, int(count * _WARM_UP_SHARE))
    began_at = time.monotonic()

    def progress(done: int) -> None:
        if done % 5_000 == 0:
            print(f"{done} inputs, {time.monotonic() - began_at:.0f} s", flush=True)

    first = campaign.run(node, range(warm_up), seed, progress=progress)
    before = settled(node)
    print(f"after {warm_up} inputs: {before}", flush=True)
    rest = campaign.run(node, range(warm_up, count), seed, progress=progress)
    after = settled(node, before.streams, before.sockets)
    print(f"after {count} inputs: {after}")
    statuses = sorted((first.statuses + rest.statuses).items())
    print("first answers: " + ", ".join(f"{status or 'none'}: {n}" for status, n in statuses))
    return first.lines() + rest.lines() + before.faults(after, MEMORY_BOUND)


def _schema_cases(node: LocalServer, cases: int, seed: int, before: Holdings) -> list[str]:
    faults = schema_run.run(node, campaign.sign_in(node), cases, seed)
    after = settled(node, before.streams, before.sockets)
    print(f"after Schemathesis: {after}")
    return faults


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="raw inputs")
    parser.add_argument("--cases", type=int, default=10_000, help="cases of Schemathesis; 0: none")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, help="print the input of this number, and send nothing")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
