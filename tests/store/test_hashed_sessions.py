"""The database knows sessions by the hash of their token; no row of any table holds the token."""

from flask import Flask

from qader_sse.service import Service
from qader_sse.store import secret_tokens
from tests.support.duel import PASSWORD, add_users, sign_in
from tests.support.tables import dump


def test_no_row_holds_a_token_of_an_open_or_an_ended_session(app: Flask, service: Service) -> None:
    add_users(service, "noura")
    client = sign_in(app.test_client(), "noura")
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    other = service.accounts.sign_in("noura", PASSWORD, None, service.clock())
    service.accounts.sign_out(other.id, service.clock())
    rows = str(dump(service))
    for secret in (token, other.token):
        assert secret not in rows
        assert secret_tokens.hashed(secret) in rows
    # The hash, which the event log and every worker know, signs nobody in.
    with client.session_transaction() as cookie:
        cookie["_user_id"] = secret_tokens.hashed(token)
    assert client.get("/api/v1/users/me/").status_code == 401
