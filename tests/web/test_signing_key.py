"""Our tokens are worth nothing at a service that has the key we read its tokens with."""

from collections.abc import Iterator

import jwt
import pytest
from flask.testing import FlaskClient

from qader_sse import create_app
from tests.conftest import dispose, make_settings
from tests.support.buses import SilenceableBus
from tests.support.clock import SettableClock
from tests.support.duel import PASSWORD, add_users

KEY = "the key of the Django deployment, long enough"


@pytest.fixture(params=["off", "create"])
def client(
    request: pytest.FixtureRequest, database_url: str, clock: SettableClock
) -> Iterator[FlaskClient]:
    settings = make_settings(database_url, jwt_signing_key=KEY, django_tokens=request.param)
    app = create_app(settings, clock=clock, bus=SilenceableBus())
    add_users(app.extensions["qader_sse"], "noura")
    yield app.test_client(use_cookies=False)
    dispose(app)


def test_a_django_deployment_takes_no_token_of_ours(client: FlaskClient) -> None:
    """It would take an account here for its own user of the same id, and anybody can register here."""
    login = {"username": "noura", "password": PASSWORD}
    pair = client.post("/api/v1/auth/login/", json=login).get_json()
    for token in (pair["access"], pair["refresh"]):
        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(token, KEY, algorithms=["HS256"])
    bearer = {"Authorization": f"Bearer {pair['access']}"}
    assert client.get("/api/v1/users/me/", headers=bearer).get_json()["username"] == "noura"
