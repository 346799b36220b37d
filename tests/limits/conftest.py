"""An app with the limits as they come."""

from collections.abc import Iterator

import pytest
from flask import Flask

from qader_sse import create_app
from tests.conftest import dispose, make_settings
from tests.support.clock import SettableClock


@pytest.fixture
def app(database_url: str, clock: SettableClock) -> Iterator[Flask]:
    app = create_app(make_settings(database_url, fair_shares=True), clock=clock)
    yield app
    dispose(app)
