"""What several files of tests of the store use."""

import pytest
from sqlalchemy import Engine

from qader_sse.store.database import Database


@pytest.fixture
def database(engine: Engine) -> Database:
    """A database of which nothing is announced, over the engine of the file."""
    return Database(engine, announce=lambda events: None)
