"""Password hashes are slow on purpose, and must not stop other greenlets."""

import gevent

from qader_sse.use_cases.passwords import Passwords
from tests.support.duel import QUICK_HASH

# Werkzeug's default, which the service uses.
SLOW_HASH = "scrypt:32768:8:1"


def test_other_greenlets_run_while_passwords_are_hashed() -> None:
    """On the event loop, many sign-ins at once would delay every running duel."""
    passwords = Passwords(SLOW_HASH, longest_wait_seconds=60)
    turns_during: list[int] = []
    turns = 0

    def hash_one() -> None:
        before = turns
        passwords.hash("correct-horse-7")
        turns_during.append(turns - before)

    def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            gevent.idle()

    others = gevent.spawn(take_turns)
    gevent.joinall([gevent.spawn(hash_one) for _ in range(6)], raise_error=True)
    others.kill()
    # If hashing ran on the event loop, `take_turns` would not run before the hash is done.
    assert min(turns_during) > 1


def test_a_password_matches_its_own_hash_only() -> None:
    passwords = Passwords(QUICK_HASH)
    hashed = passwords.hash("correct-horse-7")
    assert passwords.matches(hashed, "correct-horse-7")
    assert not passwords.matches(hashed, "correct-horse-8")
    assert hashed != passwords.hash("correct-horse-7")


def test_without_an_account_no_password_matches_not_even_the_empty_one() -> None:
    assert not Passwords(QUICK_HASH).matches(None, "")
