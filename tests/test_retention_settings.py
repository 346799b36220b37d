"""Each retention has a setting, and none may be so short that what is deleted is still read."""

import pytest

from qader_sse.config import BadSetting, Settings
from qader_sse.domain.retention_periods import RetentionPeriods
from qader_sse.time_settings import DAY


def settings(**environ: str) -> Settings:
    return Settings.from_env(
        {"SECRET_KEY": "a-key-for-tests-only", "DATABASE_URL": "sqlite://", **environ}
    )


def test_a_challenge_is_kept_for_years_and_all_else_for_days() -> None:
    assert settings().retention_periods == RetentionPeriods(
        log_seconds=7 * DAY,
        challenge_seconds=730 * DAY,
        notification_seconds=7 * DAY,
        session_seconds=7 * DAY,
        session_lifetime_seconds=14 * DAY,
        idempotency_key_seconds=DAY,
        presence_seconds=DAY,
        audit_seconds=365 * DAY,
    )


def test_every_retention_can_be_set() -> None:
    periods = settings(
        LOG_RETENTION_SECONDS="1",
        CHALLENGE_RETENTION_SECONDS="90000",
        NOTIFICATION_RETENTION_SECONDS="2",
        SESSION_RETENTION_SECONDS="3",
        SESSION_SECONDS="4",
        IDEMPOTENCY_KEY_RETENTION_SECONDS="5",
        PRESENCE_RETENTION_SECONDS="60",
        AUDIT_RETENTION_SECONDS="7",
    ).retention_periods
    assert periods == RetentionPeriods(
        log_seconds=1,
        challenge_seconds=90_000,
        notification_seconds=2,
        session_seconds=3,
        session_lifetime_seconds=4,
        idempotency_key_seconds=5,
        presence_seconds=60,
        audit_seconds=7,
    )


@pytest.mark.parametrize(
    ("variable", "seconds", "reason"),
    [
        ("CHALLENGE_RETENTION_SECONDS", "86399", "at least a day"),
        ("PRESENCE_RETENTION_SECONDS", "29", "at least SEEKER_AWAY_SECONDS"),
    ],
)
def test_a_retention_that_would_delete_what_is_still_read_is_refused(
    variable: str, seconds: str, reason: str
) -> None:
    with pytest.raises(BadSetting, match=f"^{variable} must be {reason}"):
        settings(**{variable: seconds})
