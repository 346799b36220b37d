"""Guesses are bounded, and nobody is locked out by somebody else."""

from contextlib import ExitStack

import pytest

from qader_sse.domain.violations import TooManySignIns, WrongCredentials
from qader_sse.limits.fair_shares import FairShares
from qader_sse.limits.settings import LimitSettings
from qader_sse.limits.sign_ins import SignInLimits

HOME, SCHOOL, ATTACKER = "192.0.2.1", "192.0.2.2", "192.0.2.3"


def limits(**rates: str) -> SignInLimits:
    return SignInLimits(FairShares(LimitSettings(**rates), "secret", None))  # type: ignore[arg-type]


def fail(sign_ins: SignInLimits, username: str, address: str) -> None:
    with pytest.raises(WrongCredentials), sign_ins.attempt(username, address):
        raise WrongCredentials


def succeed(sign_ins: SignInLimits, username: str, address: str) -> None:
    with sign_ins.attempt(username, address):
        pass


def refused(sign_ins: SignInLimits, username: str, address: str) -> float:
    with pytest.raises(TooManySignIns) as refusal, sign_ins.attempt(username, address):
        raise AssertionError("the password was compared")
    return refusal.value.retry_after_seconds


@pytest.mark.claim("R8")
def test_after_five_failures_the_right_password_has_to_wait_too() -> None:
    sign_ins = limits()
    for _ in range(5):
        fail(sign_ins, "noura", HOME)
    assert 29 < refused(sign_ins, "noura", HOME) <= 30


def test_the_owner_signs_in_at_another_address_and_others_at_the_same() -> None:
    sign_ins = limits()
    for _ in range(5):
        fail(sign_ins, "noura", ATTACKER)
    refused(sign_ins, "noura", ATTACKER)
    succeed(sign_ins, "noura", HOME)
    succeed(sign_ins, "khalid", ATTACKER)


def test_successes_do_not_count() -> None:
    sign_ins = limits()
    for _ in range(50):
        succeed(sign_ins, "noura", HOME)


def test_one_password_for_many_names_is_refused_by_the_address() -> None:
    sign_ins = limits(address_failure_rate="3/hour")
    for number in range(3):
        fail(sign_ins, f"pupil{number}", ATTACKER)
    refused(sign_ins, "another", ATTACKER)


def test_a_classmate_behind_the_same_address_keeps_out_nobody_who_was_there_before() -> None:
    sign_ins = limits(address_failure_rate="3/hour")
    succeed(sign_ins, "noura", SCHOOL)
    for number in range(3):
        fail(sign_ins, f"pupil{number}", SCHOOL)
    succeed(sign_ins, "noura", SCHOOL)
    refused(sign_ins, "khalid", SCHOOL)


def test_many_addresses_keep_the_owner_out_only_where_they_have_never_been() -> None:
    sign_ins = limits(account_failure_rate="6/hour")
    succeed(sign_ins, "noura", HOME)
    for number in range(6):
        fail(sign_ins, "noura", f"198.51.100.{number}")
    refused(sign_ins, "noura", SCHOOL)
    succeed(sign_ins, "noura", HOME)


def test_what_is_being_compared_counts_as_failed_until_it_is_known() -> None:
    """Otherwise a thousand guesses at the same moment would all be admitted."""
    sign_ins = limits()
    with ExitStack() as comparing:
        for _ in range(5):
            comparing.enter_context(sign_ins.attempt("noura", HOME))
        assert refused(sign_ins, "noura", HOME) >= 1
    succeed(sign_ins, "noura", HOME)


def test_an_attempt_that_ends_by_a_fault_of_ours_does_not_count() -> None:
    sign_ins = limits()
    for _ in range(10):
        with pytest.raises(OSError, match="away"), sign_ins.attempt("noura", HOME):
            raise OSError("away")
    succeed(sign_ins, "noura", HOME)
