"""Readings as the families of Prometheus's own library, which writes them."""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.core import Metric as Family
from prometheus_client.utils import floatToGoString

from qader_sse.histogram import Histogram
from qader_sse.metrics.reading import Metric, Reading


def families(readings: Iterable[Reading]) -> Iterator[Family]:
    """Return one family for each metric, with all that was read of it."""
    by_metric: dict[Metric, list[Reading]] = {}
    for reading in readings:
        by_metric.setdefault(reading.metric, []).append(reading)
    for metric, of_metric in by_metric.items():
        yield _family(metric, of_metric)


def _family(metric: Metric, readings: Iterable[Reading]) -> Family:
    if metric.kind == "histogram":
        distributions = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
        for reading in readings:
            if isinstance(reading.value, Histogram):
                buckets = _cumulative(reading.value)
                distributions.add_metric(reading.labels, buckets, reading.value.sum)
        return distributions
    make = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    numbers = make(metric.name.removesuffix("_total"), metric.help, labels=metric.labels)
    for reading in readings:
        if not isinstance(reading.value, Histogram):
            numbers.add_metric(reading.labels, reading.value)
    return numbers


def _cumulative(histogram: Histogram) -> list[tuple[str, float]]:
    bounds, counts = zip(*histogram.buckets, strict=True)
    return list(zip(map(floatToGoString, bounds), accumulate(counts), strict=True))
