"""What operators do with people and duels; each change stands in the audit log."""

from dataclasses import dataclass

from qader_sse.domain.duel_limits import DuelLimits
from qader_sse.domain.time_limits import TimeLimits
from qader_sse.store.database import Database
from qader_sse.use_cases.administration.accounts import AccountAdministration
from qader_sse.use_cases.administration.audit_log import AuditLog
from qader_sse.use_cases.administration.challenges import ChallengeAdministration
from qader_sse.use_cases.administration.limits import LimitAdministration
from qader_sse.use_cases.administration.personal_data import PersonalData
from qader_sse.use_cases.challenge_repository import ChallengeRepository
from qader_sse.use_cases.passwords import Passwords


@dataclass(frozen=True, slots=True)
class Administration:
    accounts: AccountAdministration
    challenges: ChallengeAdministration
    personal_data: PersonalData
    limits: LimitAdministration
    audit_log: AuditLog


def build(
    database: Database,
    passwords: Passwords,
    repository: ChallengeRepository,
    duel_limits: DuelLimits | None,
    times: TimeLimits,
    session_seconds: float,
) -> Administration:
    return Administration(
        accounts=AccountAdministration(database, passwords, repository, session_seconds),
        challenges=ChallengeAdministration(database, repository),
        personal_data=PersonalData(database, repository),
        limits=LimitAdministration(database, duel_limits, times),
        audit_log=AuditLog(database),
    )
