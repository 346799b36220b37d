"""Plays a whole duel with nothing but what openapi-python-client makes of our document.

It is checked by `mypy --strict`: what the document does not say, this program could not use. One
player polls for the messages; then each kind of error is provoked, and read by its type.
"""

import sys
from typing import TypeVar

from qader_duels.api.accounts import login
from qader_duels.api.challenges import (
    accept_invite,
    answer_question,
    create_challenge,
    get_challenge,
    get_results,
    mark_ready,
)
from qader_duels.api.polling import poll_events
from qader_duels.api.users import me
from qader_duels.client import AuthenticatedClient, Client
from qader_duels.models import (
    AnswerBody,
    AnswerReceived,
    AnswerResultMessage,
    ChallengeDetail,
    ChallengeEndMessage,
    ChallengeResult,
    ChallengeStatus,
    ChallengeTypeKey,
    ChallengeUpdateMessage,
    Choice,
    Credentials,
    ErrorDetail,
    EventsPage,
    FieldErrors,
    Me,
    NewChallenge,
    ReadyMarked,
    SignedInUser,
)
from qader_duels.types import Response

ADDRESS, CHALLENGER, OPPONENT, PASSWORD = sys.argv[1:5]

Wanted = TypeVar("Wanted")
Parsed = TypeVar("Parsed")
Created = ChallengeDetail | ErrorDetail | FieldErrors


def check(holds: bool, what: object) -> None:
    if not holds:
        raise SystemExit(str(what))


def done(answer: object, wanted: type[Wanted]) -> Wanted:
    """Return an answer that has this type."""
    if not isinstance(answer, wanted):
        raise SystemExit(f"{answer} is no {wanted.__name__}")
    return answer


def sign_in(username: str) -> AuthenticatedClient:
    body = Credentials(username=username, password=PASSWORD)
    found = done(login.sync(client=Client(ADDRESS), body=body), SignedInUser)
    client = AuthenticatedClient(ADDRESS, token=found.access)
    check(done(me.sync(client=client), Me).username == username, found)
    return client


def invite(challenger: AuthenticatedClient, opponent: str = OPPONENT) -> Response[Created]:
    body = NewChallenge(challenge_type=ChallengeTypeKey.QUICK_QUANT_10, opponent_username=opponent)
    return create_challenge.sync_detailed(client=challenger, body=body)


def play(challenger: AuthenticatedClient, opponent: AuthenticatedClient) -> int:
    """Play a duel to its end; return its number."""
    number = done(invite(challenger).parsed, ChallengeDetail).id
    done(accept_invite.sync(number, client=opponent), ChallengeDetail)
    for player, starts in ((challenger, False), (opponent, True)):
        ready = done(mark_ready.sync(number, client=player), ReadyMarked)
        check(ready.challenge_started is starts, ready)
    started = done(get_challenge.sync(number, client=challenger), ChallengeDetail)
    check(len(started.questions) == 10, started)
    for question in started.questions:
        for player in (challenger, opponent):
            body = AnswerBody(question_id=question.id, selected_answer=Choice.C)
            answer = answer_question.sync(number, client=player, body=body)
            received = done(answer, AnswerReceived)
    check(received.challenge_ended, received)
    final = done(received.final_results, ChallengeResult)
    results = done(get_results.sync(number, client=challenger), ChallengeResult)
    check(results.status is final.status is ChallengeStatus.COMPLETED, results)
    check(results.winner is None and results.user_score == results.opponent_score, results)
    follow(opponent, number, final)
    return number


def follow(client: AuthenticatedClient, number: int, final: ChallengeResult) -> None:
    """Read all messages of a challenge, each in its own class."""
    page = done(poll_events.sync(number, client=client, after="0"), EventsPage)
    check(len(page.events) == page.head, page)
    check(isinstance(page.events[0], ChallengeUpdateMessage), page.events[0])
    answers = [found for found in page.events if isinstance(found, AnswerResultMessage)]
    choices = [found.payload.selected_answer for found in answers]
    # The challenger answers first, and until one has answered, one does not see the other's choice.
    check(choices == [None, Choice.C] * 10, choices)
    last = done(page.events[-1], ChallengeEndMessage)
    check(last.payload.user_score == final.user_score, last)


def fail(challenger: AuthenticatedClient, number: int) -> None:
    """Provoke each kind of error, and read it by its class."""
    visitor = Client(ADDRESS)
    wrong = invite(challenger, "nobody-here")
    mistake = done(wrong.parsed, FieldErrors)
    check(wrong.status_code == 400 and len(mistake["opponent_username"]) == 1, mistake)
    pending = done(invite(challenger).parsed, ChallengeDetail)
    # The document asks for somebody who is signed in; a name is no token.
    stranger = AuthenticatedClient(ADDRESS, token=CHALLENGER)
    expect(401, me.sync_detailed(client=stranger))
    expect(403, accept_invite.sync_detailed(pending.id, client=challenger))
    expect(404, get_challenge.sync_detailed(number + 1_000, client=challenger))
    body = Credentials(username="nobody-python", password="")
    for _ in range(100):
        refused = login.sync_detailed(client=visitor, body=body)
        if refused.status_code == 429:
            expect(429, refused)
            check(int(refused.headers["Retry-After"]) > 0, refused.headers)
            return
        expect(401, refused)
    raise SystemExit("nobody may guess for ever")


def expect(status: int, answer: Response[Parsed]) -> None:
    """Read an error of which the document says that it is a sentence."""
    check(answer.status_code == status, answer)
    check(done(answer.parsed, ErrorDetail).detail != "", answer)


def main() -> None:
    challenger, opponent = sign_in(CHALLENGER), sign_in(OPPONENT)
    fail(challenger, play(challenger, opponent))
    print("played")


if __name__ == "__main__":
    main()
