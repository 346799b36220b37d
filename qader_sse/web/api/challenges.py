"""The challenge endpoints: list, create, show, and the actions of participants."""

from math import ceil
from urllib.parse import urlencode

from flask import request
from flask_openapi3.blueprint import APIBlueprint

from qader_sse.domain import payloads, usernames
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.domain.facts import detail_fact, summary_fact
from qader_sse.domain.i18n import mark, translate
from qader_sse.domain.presenters import challenge_detail, challenge_summary
from qader_sse.domain.violations import ChallengeNotFound, NotCompleted
from qader_sse.flask_context import current_request
from qader_sse.limits.table import INVITES, SEARCHES
from qader_sse.service import service
from qader_sse.store import challenge_queries
from qader_sse.store.challenge_queries import Filters
from qader_sse.web.api.idempotency import idempotency_key
from qader_sse.web.api.schemas import (
    CREATION_ERROR_RESPONSES,
    AnswerBody,
    AnswerReceived,
    AnswerResponse,
    ChallengePage,
    ChallengePageResponse,
    ChallengesQuery,
    ChallengeTypeInfo,
    Closed,
    ClosedResponse,
    CreationHeader,
    DetailResponse,
    NewChallenge,
    ReadyResponse,
    ResultResponse,
    SeekersOfType,
    SeekersResponse,
    TypesResponse,
)
from qader_sse.web.arrival import arrived_at
from qader_sse.web.authentication import viewer
from qader_sse.web.error_responses import NoSuchPage
from qader_sse.web.locale import current_locale
from qader_sse.web.openapi_models import ERROR_RESPONSES, ChallengePath
from qader_sse.web.ready_answer import ReadyMarked, ready_answer
from qader_sse.web.request_guards import public
from qader_sse.web.unknown_input import CACHE_BUSTER

bp = APIBlueprint(
    "challenges", __name__, url_prefix="/api/v1/challenges", abp_responses=ERROR_RESPONSES
)


@bp.before_request
def note_action() -> None:
    """Count whoever acts as there for a moment, with or without a stream."""
    if current_request().method == "POST":
        service().hub.note_action(viewer().user_id)


@bp.get("/types/", responses={"200": TypesResponse})
@public
def list_types() -> list[ChallengeTypeInfo]:
    """List the types of challenge."""
    return [
        {
            "key": kind.key,
            "name": translate(current_locale(), kind.name),
            "description": translate(current_locale(), kind.description),
            "num_questions": kind.num_questions,
            "time_limit_seconds": kind.time_limit_seconds,
            "allow_hints": kind.allow_hints,
        }
        for kind in CHALLENGE_TYPES.values()
    ]


@bp.get("/seekers/", responses={"200": SeekersResponse})
def count_seekers() -> list[SeekersOfType]:
    """Count for each type the others who search for an opponent at this moment."""
    counts = service().seekers.seen_by(viewer().user_id)
    return [{"key": key, "seekers": counts[key]} for key in CHALLENGE_TYPES]


@bp.get("/challenges/", responses={"200": ChallengePageResponse})
def list_challenges(query: ChallengesQuery) -> ChallengePage:
    """List the user's own challenges, newest first."""
    filters = Filters(
        status=query.status,
        challenge_type=query.challenge_type,
        opponent_username=query.opponent_username,
        is_pending_invite_for_user=query.is_pending_invite_for_user,
    )
    offset = (query.page - 1) * query.page_size
    reader = viewer()
    with service().database.read_transaction() as connection:
        count, found = challenge_queries.page(
            connection, reader.user_id, filters, offset, query.page_size
        )
    if not found and query.page > 1:
        raise NoSuchPage(query.page, max(1, ceil(count / query.page_size)))
    return {
        "count": count,
        "next": _page_url(query.page + 1) if offset + len(found) < count else None,
        "previous": _page_url(query.page - 1) if query.page > 1 else None,
        "results": [challenge_summary(summary_fact(challenge), reader) for challenge in found],
    }


@bp.post("/challenges/", responses={"201": DetailResponse, **CREATION_ERROR_RESPONSES})
def create_challenge(
    body: NewChallenge, header: CreationHeader
) -> tuple[payloads.ChallengeDetail, int]:
    """Invite a named opponent, or search for one who wants the same type."""
    # Deployed clients send a reserved name for "any opponent".
    opponent = (body.opponent_username or "").strip()
    use_cases, user_id, now = service().challenges, viewer().user_id, service().clock()
    key = idempotency_key(header.idempotency_key)
    if not opponent or usernames.is_reserved(opponent):
        service().shares.spend(SEARCHES, user_id)
        return detail_of(use_cases.seek(user_id, body.challenge_type, now, key)), 201
    service().shares.spend(INVITES, user_id)
    return detail_of(use_cases.invite(user_id, body.challenge_type, opponent, now, key)), 201


@bp.get("/challenges/<int:challenge_id>/", responses={"200": DetailResponse})
def get_challenge(path: ChallengePath) -> payloads.ChallengeDetail:
    """Return a challenge of the user."""
    service().hub.note_poll(viewer().user_id)  # a client that polls here counts as online
    return detail_of(_own(path.challenge_id))


@bp.post("/challenges/<int:challenge_id>/accept/", responses={"200": DetailResponse})
def accept_invite(path: ChallengePath) -> payloads.ChallengeDetail:
    """Accept an invite."""
    at = arrived_at()
    return detail_of(service().challenges.accept(path.challenge_id, viewer().user_id, at))


@bp.post("/challenges/<int:challenge_id>/decline/", responses={"200": ClosedResponse})
def decline_invite(path: ChallengePath) -> Closed:
    """Decline an invite."""
    service().challenges.decline(path.challenge_id, viewer().user_id, arrived_at())
    return {"status": "declined", "detail": _text(mark("You declined the invite."))}


@bp.post("/challenges/<int:challenge_id>/cancel/", responses={"200": ClosedResponse})
def cancel_challenge(path: ChallengePath) -> Closed:
    """Withdraw an invite or a search."""
    service().challenges.cancel(path.challenge_id, viewer().user_id, arrived_at())
    return {"status": "cancelled", "detail": _text(mark("You cancelled the duel."))}


@bp.post("/challenges/<int:challenge_id>/leave/", responses={"200": DetailResponse})
def leave_challenge(path: ChallengePath) -> payloads.ChallengeDetail:
    """Leave a duel: before its start it is cancelled, after that the other one has won."""
    at = arrived_at()
    return detail_of(service().challenges.leave(path.challenge_id, viewer().user_id, at))


@bp.post("/challenges/<int:challenge_id>/ready/", responses={"200": ReadyResponse})
def mark_ready(path: ChallengePath) -> ReadyMarked:
    """Mark the user ready; an accepted challenge starts when both participants are."""
    at = arrived_at()
    challenge = service().challenges.ready(path.challenge_id, viewer().user_id, at)
    return ready_answer(challenge, current_locale(), at)


@bp.post("/challenges/<int:challenge_id>/answer/", responses={"200": AnswerResponse})
def answer_question(path: ChallengePath, body: AnswerBody) -> AnswerReceived:
    """Answer a question; the same answer again has the same result."""
    participant_id = viewer().user_id
    challenge = service().challenges.answer(
        path.challenge_id,
        participant_id,
        body.question_id,
        body.selected_answer,
        body.time_taken_seconds,
        arrived_at(),
    )
    answer = challenge.answer_of(participant_id, body.question_id)
    ended = challenge.status == "completed"
    detail = mark("Answer received. The duel is over.") if ended else mark("Answer received.")
    received: AnswerReceived = {
        "status": "answer_received",
        "is_correct": answer is not None and answer.is_correct,
        "challenge_ended": ended,
        "detail": _text(detail),
    }
    if ended:
        received["final_results"] = _result(challenge)
    return received


@bp.get("/challenges/<int:challenge_id>/results/", responses={"200": ResultResponse})
def get_results(path: ChallengePath) -> payloads.ChallengeResult:
    """Return the result of a completed challenge."""
    challenge = _own(path.challenge_id)
    if challenge.status != "completed":
        raise NotCompleted(challenge.status)
    return _result(challenge)


@bp.post(
    "/challenges/<int:challenge_id>/rematch/",
    responses={"201": DetailResponse, **CREATION_ERROR_RESPONSES},
)
def rematch(path: ChallengePath, header: CreationHeader) -> tuple[payloads.ChallengeDetail, int]:
    """Invite the other participant to the same type of challenge again."""
    user_id, now = viewer().user_id, service().clock()
    key = idempotency_key(header.idempotency_key)
    service().shares.spend(INVITES, user_id)
    return detail_of(service().challenges.rematch(path.challenge_id, user_id, now, key)), 201


def _own(challenge_id: int) -> Challenge:
    found = service().challenge_cache.read(challenge_id)
    if found is None:
        raise ChallengeNotFound
    challenge, info = found
    if viewer().user_id not in info.participant_ids:
        raise ChallengeNotFound
    return challenge


def detail_of(challenge: Challenge) -> payloads.ChallengeDetail:
    return challenge_detail(detail_fact(challenge, service().clock()), viewer())


def _result(challenge: Challenge) -> payloads.ChallengeResult:
    # A result has the keys of the detail; its type only says that the challenge is completed.
    return payloads.ChallengeResult(**detail_of(challenge))


def _page_url(page: int) -> str:
    left_out = ("page", CACHE_BUSTER)
    others = [found for found in request.args.items(multi=True) if found[0] not in left_out]
    return f"{request.base_url}?{urlencode([*others, ('page', page)])}"


def _text(message: str) -> str:
    return translate(current_locale(), message)
