"""The metrics of a worker, and of the others on its node if there are any."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from flask import Flask
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import choose_encoder

from qader_sse.metrics import of_streams, of_the_process, of_the_service
from qader_sse.metrics.families import families
from qader_sse.metrics.reading import Reading
from qader_sse.metrics.shared_files import SharedFiles
from qader_sse.service import Service
from qader_sse.slices import slices

_READINGS_AT_ONCE = 10


class WorkerMetrics:
    """Reads what the parts of a service count; nothing is counted for it that they do not know."""

    # How often `write_in_slices` is called: so old are the readings of the other workers at most.
    INTERVAL_SECONDS = 1.0

    def __init__(self, service: Service) -> None:
        self._service = service
        self._worker = "0"
        self._files: SharedFiles | None = None

    def share(self, folder: Path, number: int) -> None:
        """Let the other workers of the node know, by files in this folder."""
        self._worker = str(number)
        self._files = SharedFiles(folder, number)

    def write(self) -> None:
        """Write this worker's readings for the others."""
        if self._files:
            self._files.write(self.readings())

    def write_in_slices(self) -> None:
        """Write as `write` does, and let the other greenlets run now and then."""
        for some in slices(self.readings(), _READINGS_AT_ONCE):
            if self._files:  # until this worker ends
                self._files.write(some)

    def end(self) -> None:
        """Write the last time, because this worker ends."""
        if self._files:
            self.write()
            self._files.close()
            self._files = None

    def readings(self) -> Iterator[Reading]:
        return chain(
            of_streams.readings(self._service),
            of_the_service.readings(self._service, self._worker),
            of_the_process.readings(self._worker),
        )

    def collect(self) -> Iterator[Family]:
        """Return this worker's metrics alone: it is a collector of Prometheus's library."""
        return families(self.readings())

    def exposition(self, accepted: str) -> tuple[bytes, str]:
        """Return the text for whoever accepts these content types, and its content type."""
        self.write()
        registry = self._files.merged() if self._files else self._alone()
        encode, content_type = choose_encoder(accepted)
        return encode(registry), content_type

    def _alone(self) -> CollectorRegistry:
        registry = CollectorRegistry()
        registry.register(self)
        return registry


def of_app(app: Flask) -> WorkerMetrics:
    """Return the metrics of an app's worker."""
    found: WorkerMetrics = app.extensions["qader_sse_metrics"]
    return found
