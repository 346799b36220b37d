"""`make bench-quick`: counts that are the same on every machine, each with its bound.

It fails if a count exceeds its bound. A change that raises a cost on purpose raises the bound too.
"""

from gevent import monkey

monkey.patch_all()  # as gunicorn's worker does: its locks and sleeps are calls as well

import sys  # noqa: E402

from bench import request_counts, stream_counts  # noqa: E402


def main() -> int:
    found = [*stream_counts.counts(), *request_counts.counts()]
    for count in found:
        mark = "EXCEEDED" if count.exceeds_bound else "ok"
        print(f"{count.name:52} {count.found:10,.1f}  bound {count.bound:9,.1f}  {mark}")
    return int(any(count.exceeds_bound for count in found))


if __name__ == "__main__":
    sys.exit(main())
