"""The files by which the workers of a node know each other's readings.

They have the form of the library's own multi-process mode, and the library merges them. Its metrics
would write into these files at each increment; here a worker copies all its numbers now and then.

A worker has a number, which the arbiter gives to another one after its end. That one goes on from
the counts it finds in the files of the number, so that no count is lost with a worker, and there
are never more files than workers.
"""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.utils import floatToGoString

from qader_sse.histogram import Histogram
from qader_sse.metrics.reading import Metric, Reading


class SharedFiles:
    """The files of one worker, in the folder of all workers of its node."""

    def __init__(self, folder: Path, number: int) -> None:
        self._folder, self._number = folder, number
        self._files: dict[str, _File] = {}
        # Of each reading its value, or how many values its histogram has.
        self._written: dict[tuple[Metric, tuple[str, ...]], float] = {}

    def write(self, readings: Iterable[Reading]) -> None:
        """Write what has changed since the last time."""
        for reading in readings:
            key = reading.metric, reading.labels
            now = reading.value.count if isinstance(reading.value, Histogram) else reading.value
            if self._written.get(key) == now:
                continue
            self._written[key] = now
            file = self._file(reading.metric)
            for name, value in _values(reading):
                file.write(name, value)

    def merged(self) -> CollectorRegistry:
        """Return the readings of all workers that were ever here, as one."""
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=str(self._folder))
        return registry

    def close(self) -> None:
        for file in self._files.values():
            file.close()
        self._files.clear()
        self._written.clear()

    def _file(self, metric: Metric) -> "_File":
        kind = f"gauge_{metric.merge}" if metric.kind == "gauge" else metric.kind
        if kind not in self._files:
            path = self._folder / f"{kind}_{self._number}.db"
            self._files[kind] = _File(path, goes_on=metric.kind != "gauge")
        return self._files[kind]


class _File:
    """One file of a worker: of a kind of metric, and for gauges of a way to merge them."""

    def __init__(self, path: Path, *, goes_on: bool) -> None:
        self._values = MmapedDict(str(path))
        found = {key: value for key, value, _ in self._values.read_all_values()}
        self._before = found if goes_on else {}  # what earlier workers of this number have counted
        self._keys: dict[object, str] = {}

    def close(self) -> None:
        self._values.close()

    def write(
        self, key: tuple[Metric, str, tuple[str, ...], tuple[str, ...]], value: float
    ) -> None:
        if key not in self._keys:
            metric, sample, names, labels = key
            name = metric.name.removesuffix("_total")
            self._keys[key] = mmap_key(name, sample, [*names], [*labels], metric.help)
        text = self._keys[key]
        self._values.write_value(text, value + self._before.get(text, 0.0), time.monotonic())


def _values(
    reading: Reading,
) -> Iterator[tuple[tuple[Metric, str, tuple[str, ...], tuple[str, ...]], float]]:
    """Yield what stands in the files: of a histogram, each bucket by itself, and the sum."""
    metric, value = reading.metric, reading.value
    if not isinstance(value, Histogram):
        yield (metric, metric.name, metric.labels, reading.labels), value
        return
    for bound, count in value.buckets:
        labels = (*reading.labels, floatToGoString(bound))
        yield (metric, f"{metric.name}_bucket", (*metric.labels, "le"), labels), count
    yield (metric, f"{metric.name}_sum", metric.labels, reading.labels), value.sum
