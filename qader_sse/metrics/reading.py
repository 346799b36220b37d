"""What metrics there are, and what a worker reads of each, before anything knows of Prometheus."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from qader_sse.histogram import Histogram

# How the gauges of several workers make one: those of workers that have ended do not count.
Merge = Literal["livesum", "livemin", "livemax"]


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """One metric. A counter's name ends in `_total`.

    There is one object of each, so two are compared by identity: readings are looked up by their metric
    each second.
    """

    name: str
    help: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...] = ()
    merge: Merge = "livesum"


@dataclass(frozen=True, slots=True)
class Reading:
    """The value of a metric at a worker, for these values of its labels."""

    metric: Metric
    labels: tuple[str, ...]
    value: float | Histogram


def counter(name: str, help_text: str, *labels: str) -> Metric:
    return Metric(name, help_text, "counter", labels)


def gauge(name: str, help_text: str, *labels: str, merge: Merge = "livesum") -> Metric:
    return Metric(name, help_text, "gauge", labels, merge)


def histogram(name: str, help_text: str, *labels: str) -> Metric:
    return Metric(name, help_text, "histogram", labels)


def read(metric: Metric, value: float | Histogram, *labels: str) -> Reading:
    return Reading(metric, labels, value)


def read_each(metric: Metric, counted: Mapping[str, int], *labels: str) -> Iterator[Reading]:
    """Read a counter whose last label is the key of each count."""
    for key, count in list(counted.items()):
        yield Reading(metric, (*labels, key), count)
