"""The audit log: each action of an operator, written with it, and read by `flask audit`."""

import os
import pwd

import pytest
from flask import Flask

from qader_sse.config import BadSetting, Settings
from qader_sse.service import Service
from qader_sse.store import audit, password_resets
from tests.cli.conftest import Ask, Run
from tests.support.acts import act
from tests.support.clock import SettableClock
from tests.support.duel import PASSWORD
from tests.support.tables import unchanged

ME = pwd.getpwuid(os.getuid()).pw_name
DAY = 24 * 3600


def test_an_action_is_recorded_with_who_did_what_to_whom_and_when(
    run: Run, ask: Ask, people: dict[str, int]
) -> None:
    run("users", "rename", "noura", "nora", "--as", "amal")
    (entry,) = ask("audit", "--what", "users")["entries"]
    assert entry == {
        "id": entry["id"],
        "at": "2026-01-01T12:00:00.000Z",
        "os_user": ME,
        "operator": "amal",
        "action": "users rename",
        "subject": f"user:{people['noura']}",
        "details": {"before": "noura", "after": "nora"},
        "username": "nora",
    }
    header, line = run("audit", "--what", "users").splitlines()
    assert header.split() == ["when", "OS", "user", "operator", "what", "on", "details"]
    assert line.split()[1:7] == [ME, "amal", "users", "rename", f"user:{people['noura']}", "(nora)"]


def test_every_change_leaves_an_entry(run: Run, ask: Ask, people: dict[str, int]) -> None:
    run("users", "create", "alia", "--password", PASSWORD)
    run("users", "seed", "--count", "2", "--password", PASSWORD)
    run("users", "reset-link", "alia")
    run("users", "link", "17", "alia")
    run("users", "disable", "alia")
    run("users", "enable", "alia")
    run("sessions", "end", "alia", "--all")
    run("reset-streams")
    actions = [entry["action"] for entry in reversed(ask("audit")["entries"])]
    assert actions == [
        *("set-up", "set-up", "set-up"),  # two sample files, the demo accounts
        *("users create", "users seed", "users reset-link", "users link"),
        *("users disable", "users enable", "sessions end", "reset-streams"),
    ]


def test_who_loses_an_id_to_another_account_has_an_entry_of_it(
    run: Run, ask: Ask, people: dict[str, int]
) -> None:
    """It signs them out."""
    for name in ("noura", "khalid"):
        run("users", "link", "17", name)
    details = {
        name: [entry["details"] for entry in ask("audit", "--on", name)["entries"]]
        for name in ("noura", "khalid")
    }
    assert details == {
        "noura": [{"lost_django_id": "17"}, {"django_id": "17"}],
        "khalid": [{"django_id": "17"}],
    }


def test_no_secret_is_recorded(run: Run, ask: Ask, people: dict[str, int]) -> None:
    run("users", "create", "alia", "--password", PASSWORD)
    secret = ask("users", "reset-link", "alia")["link"].partition("#")[2]
    recorded = str(ask("audit"))
    assert PASSWORD not in recorded
    assert secret not in recorded


def test_what_is_refused_is_not_recorded(
    service: Service, run: Run, people: dict[str, int]
) -> None:
    with unchanged(service):
        run("users", "disable", "nobody", exit_code=1)
        run("users", "rename", "noura", "khalid", exit_code=1)
        run("sessions", "end", "noura", "no-such-session", exit_code=1)


def test_an_action_without_its_entry_does_not_happen(
    app: Flask, service: Service, people: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: object, **named: object) -> None:
        raise ValueError("no entry")

    monkeypatch.setattr(audit, "record", fail)
    with unchanged(service):
        result = app.test_cli_runner().invoke(args=["users", "disable", "noura"])
    assert str(result.exception) == "no entry"


def test_an_entry_without_its_action_is_not_written(
    app: Flask, service: Service, people: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: object, **named: object) -> int:
        raise ValueError("no link")

    monkeypatch.setattr(password_resets, "create", fail)
    with unchanged(service):
        result = app.test_cli_runner().invoke(args=["users", "reset-link", "noura"])
    assert str(result.exception) == "no link"


def test_the_log_is_filtered_by_who_what_whom_and_when(
    run: Run, ask: Ask, people: dict[str, int], clock: SettableClock
) -> None:
    run("users", "disable", "noura", "--as", "amal")
    clock.advance(DAY)
    run("users", "enable", "noura", "--as", "badr")
    clock.advance(DAY)
    run("sessions", "end", "khalid", "--all", "--as", "amal")

    def found(*options: str) -> list[str]:
        entries = ask("audit", "--since", "2026-01-01T12:00:00", *options)["entries"]
        return [entry["action"] for entry in entries if entry["action"] != "set-up"]

    assert found() == ["sessions end", "users enable", "users disable"]
    assert found("--who", "amal") == ["sessions end", "users disable"]
    assert found("--who", ME) == ["sessions end", "users enable", "users disable"]
    assert found("--what", "users") == ["users enable", "users disable"]
    assert found("--what", "users enable") == ["users enable"]
    assert found("--what", "user") == []
    assert found("--on", "NOURA") == ["users enable", "users disable"]
    assert found("--on", f"user:{people['khalid']}") == ["sessions end"]
    assert found("--since", "2026-01-02T12:00:00") == ["sessions end", "users enable"]
    assert found("--until", "2026-01-02") == ["users disable"]
    assert found("--until", "2026-01-02T12:00:00") == ["users disable"]
    assert found("--limit", "1") == ["sessions end"]
    assert run("audit", "--who", "nobody") == "Nothing was found.\n"


def test_a_moment_is_taken_as_answers_write_it(run: Run, ask: Ask, people: dict[str, int]) -> None:
    run("users", "disable", "noura")
    (entry,) = ask("audit", "--what", "users")["entries"]
    assert ask("audit", "--what", "users", "--since", entry["at"])["entries"] == [entry]
    assert ask("audit", "--what", "users", "--until", entry["at"])["entries"] == []
    in_riyadh = ("--since", "2026-01-01T15:00:00+03:00", "--until", "2026-01-01T15:00:00.001+03:00")
    assert ask("audit", "--what", "users", *in_riyadh)["entries"] == [entry]


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "0001-01-01T00:00+14:00"])
def test_what_is_no_moment_is_refused(run: Run, text: str) -> None:
    said = run("audit", "--since", text, exit_code=2)
    assert f"{text} is no day or moment such as 2026-01-31T12:00:00.000Z." in said


def test_the_setting_names_whoever_does_not_say_it(
    app: Flask, run: Run, ask: Ask, people: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    service: Service = app.extensions["qader_sse"]
    object.__setattr__(service.settings, "operator", "the school")
    run("users", "disable", "noura")
    run("users", "enable", "noura", "--as", "badr")
    names = [entry["operator"] for entry in ask("audit", "--what", "users")["entries"]]
    assert names == ["badr", "the school"]


def test_what_an_operator_writes_cannot_act_on_a_terminal(run: Run, people: dict[str, int]) -> None:
    run("users", "disable", "noura", "--as", "\x1b[2Jamal")
    line = run("audit", "--what", "users").splitlines()[1]
    assert "\\x1b[2Jamal" in line
    assert "\x1b" not in line


def test_a_name_too_long_for_the_log_is_refused(service: Service, run: Run) -> None:
    with unchanged(service):
        assert "at most 100" in run("users", "disable", "sara", "--as", "x" * 101, exit_code=2)
    environ = {"SECRET_KEY": "a-key-for-tests-only"}
    assert Settings.from_env(environ | {"OPERATOR": "x" * 100}).operator == "x" * 100
    with pytest.raises(BadSetting, match=r"^OPERATOR must have at most 100 characters"):
        Settings.from_env(environ | {"OPERATOR": "x" * 101})


def test_entries_are_deleted_after_their_retention(
    service_on_either: Service, clock: SettableClock
) -> None:
    service = service_on_either
    clock.advance(10 * service.settings.audit_retention_seconds)
    service.sweeper.delete_old()
    service.administration.accounts.end_sessions("noura", act(clock()))
    clock.advance(service.settings.audit_retention_seconds)
    assert service.sweeper.delete_old()["audit entries"] == 0
    clock.advance(0.001)
    assert service.sweeper.delete_old()["audit entries"] == 1
    assert service.administration.audit_log.newest(audit.WantedEntries(), 10) == []
