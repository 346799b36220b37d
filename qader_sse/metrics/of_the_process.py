"""The metrics of a worker's process, under the names that all of Prometheus's libraries use."""

from collections.abc import Iterator

from prometheus_client import ProcessCollector

from qader_sse.metrics.reading import Metric, Reading

_collector = ProcessCollector(registry=None)


def readings(worker: str) -> Iterator[Reading]:
    """Read memory, CPU time, open files and the start of this process."""
    for family in _collector.collect():
        kind: str = family.type
        for sample in family.samples:
            metric = Metric(
                sample.name,
                family.documentation,
                "counter" if kind == "counter" else "gauge",
                ("worker",),
            )
            yield Reading(metric, (worker,), sample.value)
