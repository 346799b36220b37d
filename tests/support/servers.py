"""Makes real servers whose databases are prepared in this process."""

from collections.abc import Callable
from pathlib import Path

from cluster.local_server import LocalServer
from qader_sse import create_app
from qader_sse.config import Settings
from qader_sse.extensions import db
from tests.support.duel import PASSWORD, QUICK_HASH
from tests.support.routes import ALLOWED_ORIGIN

MakeServer = Callable[..., LocalServer]
# Short times, which most tests give a server. Those that test the times have servers of their own.
QUICK = {
    "HEARTBEAT_SECONDS": "0.5",
    "ALLOWED_ORIGINS": ALLOWED_ORIGIN,
    "START_COUNTDOWN_SECONDS": "0.1",
}


def maker_of_servers(database: Path) -> MakeServer:
    """Return what makes servers with the accounts player1 … player40, and quick hashes.

    Each gets a copy of this database. The commands that would make another one take two seconds of
    the processor each: Python starts, and imports the service.
    """
    settings = Settings(
        secret_key="prepared", password_hash_method=QUICK_HASH, database_url=f"sqlite:///{database}"
    )
    app = create_app(settings)
    seed = ("users", "seed", "--count", "40", "--prefix", "player", "--password", PASSWORD)
    for arguments in (("set-up",), seed):
        result = app.test_cli_runner().invoke(args=arguments)
        assert result.exit_code == 0, result.output
    with app.app_context():
        db.engine.dispose()

    def make(**settings: str) -> LocalServer:
        return LocalServer(database, **{"PASSWORD_HASH_METHOD": QUICK_HASH} | settings)

    return make
