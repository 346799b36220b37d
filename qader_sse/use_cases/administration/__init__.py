"""What operators do with people and duels; each change stands in the audit log."""

from dataclasses import dataclass

from qader_sse.store.database import Database
from qader_sse.use_cases.administration.accounts import AccountAdministration
from qader_sse.use_cases.administration.audit_log import AuditLog
from qader_sse.use_cases.administration.challenges import ChallengeAdministration
from qader_sse.use_cases.challenge_repository import ChallengeRepository
from qader_sse.use_cases.passwords import Passwords


@dataclass(frozen=True, slots=True)
class Administration:
    accounts: AccountAdministration
    challenges: ChallengeAdministration
    audit_log: AuditLog


def build(
    database: Database,
    passwords: Passwords,
    repository: ChallengeRepository,
    session_seconds: float,
) -> Administration:
    return Administration(
        accounts=AccountAdministration(database, passwords, session_seconds),
        challenges=ChallengeAdministration(database, repository),
        audit_log=AuditLog(database),
    )
