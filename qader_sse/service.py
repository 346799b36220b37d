"""The service: the parts of one app, joined by the factory, for views and commands."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from qader_sse.config import Settings
from qader_sse.flask_context import this_app
from qader_sse.limits.fair_shares import FairShares
from qader_sse.limits.sign_ins import SignInLimits
from qader_sse.presence_recorder import PresenceRecorder
from qader_sse.realtime.bus.interface import Bus
from qader_sse.realtime.hub import Hub
from qader_sse.realtime.loop_lag import LoopLag
from qader_sse.realtime.polling_clients import PollingClients
from qader_sse.realtime.streams.connection import StreamServices
from qader_sse.realtime.streams.dispatcher import Dispatcher
from qader_sse.realtime.streams.handover_state import HandoverState
from qader_sse.realtime.streams.opening import StreamOpener
from qader_sse.store.challenge_cache import ChallengeCache
from qader_sse.store.database import Database
from qader_sse.store.database_check import DatabaseCheck
from qader_sse.store.schema_check import TableCheck
from qader_sse.store.session_cache import SessionCache
from qader_sse.stream_recorder import StreamRecorder
from qader_sse.sweeper import Sweeper
from qader_sse.use_case_measures import UseCaseMeasures
from qader_sse.use_cases import administration
from qader_sse.use_cases.accounts import AccountUseCases
from qader_sse.use_cases.administration import Administration
from qader_sse.use_cases.blocks import BlockUseCases
from qader_sse.use_cases.canaries import Canaries
from qader_sse.use_cases.challenge_repository import ChallengeRepository
from qader_sse.use_cases.challenges import ChallengeUseCases
from qader_sse.use_cases.django_tokens import DjangoTokens
from qader_sse.use_cases.invite_links import InviteLinks
from qader_sse.use_cases.maintenance import Maintenance
from qader_sse.use_cases.online_people import OnlinePeople
from qader_sse.use_cases.password_changes import PasswordChanges
from qader_sse.use_cases.passwords import Passwords
from qader_sse.use_cases.question_bank import QuestionBank
from qader_sse.use_cases.refreshing import RefreshUseCases
from qader_sse.use_cases.seekers import Seekers
from qader_sse.use_cases.stream_notes import StreamHistories
from qader_sse.use_cases.stream_tickets import StreamTickets

Clock = Callable[[], datetime]
# By method, route and status.
AnswerCounts = Counter[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Service:
    """Everything that serves one app. `create_app` builds it."""

    settings: Settings
    clock: Clock
    database: Database
    database_check: DatabaseCheck
    tables: TableCheck
    session_cache: SessionCache
    challenge_cache: ChallengeCache
    accounts: AccountUseCases
    password_changes: PasswordChanges
    django_tokens: DjangoTokens
    stream_tickets: StreamTickets
    challenges: ChallengeUseCases
    invite_links: InviteLinks
    blocks: BlockUseCases
    canaries: Canaries
    refreshing: RefreshUseCases
    question_bank: QuestionBank
    maintenance: Maintenance
    sweeper: Sweeper
    presence: PresenceRecorder
    seekers: Seekers
    online_people: OnlinePeople
    passwords: Passwords
    shares: FairShares
    sign_ins: SignInLimits
    bus: Bus
    hub: Hub
    polling_clients: PollingClients
    stream_recorder: StreamRecorder
    stream_histories: StreamHistories
    opener: StreamOpener
    dispatcher: Dispatcher
    handover_state: HandoverState
    streams: StreamServices
    measures: UseCaseMeasures
    answers: AnswerCounts  # to requests
    loop_lag: LoopLag

    @property
    def administration(self) -> Administration:
        """Return what operators do: built for the command that asks, because no request needs it."""
        settings = self.settings
        return administration.build(
            self.database,
            self.passwords,
            ChallengeRepository(self.challenge_cache, settings.time_limits),
            settings.duel_limits,
            settings.time_limits,
            settings.session_seconds,
        )

    def oldest_session(self) -> datetime:
        """Return when sessions were opened that run out now; older ones have run out."""
        return self.clock() - timedelta(seconds=self.settings.session_seconds)

    def end_of_session(self, opened_at: datetime) -> datetime:
        """Return when a session runs out that was opened at a time, if nothing ends it before."""
        return opened_at + timedelta(seconds=self.settings.session_seconds)


def service() -> Service:
    """Return the service of the current app."""
    found: Service = this_app().extensions["qader_sse"]
    return found
