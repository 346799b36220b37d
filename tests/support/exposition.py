"""Reads what `/metrics` answers, as Prometheus does."""

from collections.abc import Iterator
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample


def samples(text: str) -> Iterator[Sample]:
    for family in text_string_to_metric_families(text):
        yield from family.samples


def value(text: str, name: str, **labels: str) -> float:
    """Return the sum of the samples of this name that have these labels, among others."""
    return sum(
        sample.value
        for sample in samples(text)
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def labels_of(text: str, name: str, label: str) -> set[str]:
    return {sample.labels[label] for sample in samples(text) if sample.name == name}


def scraped(api: Any) -> str:
    """Return the text that a server or an app answers."""
    answer = api.get("/metrics")
    text: str = answer.get_data(as_text=True)
    return text
