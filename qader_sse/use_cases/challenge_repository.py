"""How use cases change a challenge: lock, load, decide by a rule, store.

Where nothing but the challenge itself changes, no lock is needed: load, decide by the same rule, and
store on the condition that it has not changed meanwhile.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from qader_sse.domain import rules
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import (
    Draft,
    challenge_topic,
    changes,
    matchmaking_topic,
    user_topic,
)
from qader_sse.domain.presence import acted_within, see
from qader_sse.domain.time_limits import TimeLimits
from qader_sse.domain.violations import ChallengeNotFound, RuleViolation
from qader_sse.store import blocks, challenge_rows, challenges, event_log, matchmaking, presence
from qader_sse.store.challenge_cache import ChallengeCache
from qader_sse.store.compare_and_set import WriteTurn
from qader_sse.store.database import Database, Transaction
from qader_sse.store.row_changes import RowChange

# One on what is cached, one on what another worker has announced meanwhile, one on what is stored.
_MAX_COMPARISONS = 3
# A challenge before and after it was changed.
Change = tuple[Challenge, Challenge]


class ChallengeRepository:
    """Loads challenges for a transaction, and stores each change together with its events."""

    def __init__(self, cache: ChallengeCache, limits: TimeLimits) -> None:
        self._cache = cache
        self._limits = limits

    def lock(self, tx: Transaction, challenge_id: int) -> Challenge:
        """Lock a challenge until the transaction ends, and load it. Raises ChallengeNotFound."""
        head = event_log.lock(tx.connection, challenge_topic(challenge_id))
        return self.load(tx, challenge_id, head)

    def lock_for(self, tx: Transaction, challenge_id: int, user_id: int) -> Challenge:
        """Lock and load a challenge for an action of this user. Raises ChallengeNotFound.

        An invite from somebody whom the user has blocked is none of theirs.
        """
        challenge = self.lock(tx, challenge_id)
        challenger_id = challenge.challenger.id
        is_to_accept = not challenge.is_agreed and user_id != challenger_id
        if is_to_accept and blocks.has_blocked(tx.connection, user_id, challenger_id):
            raise ChallengeNotFound
        return challenge

    def load(self, tx: Transaction, challenge_id: int, head: int) -> Challenge:
        """Load a challenge whose topic is locked at this head. Raises ChallengeNotFound."""
        challenge = self._cache.load(tx, challenge_id, head)
        if challenge is None:
            raise ChallengeNotFound
        return challenge

    def store(
        self, tx: Transaction, before: Challenge, after: Challenge, now: datetime
    ) -> Challenge:
        """Write what differs, and append the events that describe it; return `after`.

        Who gets into a duel no longer searches for one, and from then on tells whether they are
        online.
        """
        if after.is_agreed and not before.is_agreed:
            after = self._see_both(tx, after, now)
        if _begins(before, after):
            self.end_searches(tx, after.player_ids, now, but=after.id)
        if after != before:
            self.store_all(tx, [(before, after)], now)
        return after

    def store_all(self, tx: Transaction, changed: Collection[Change], now: datetime) -> None:
        """Write changes that get nobody into a duel, all rows of a kind and all events at once."""
        rows = {
            challenge_topic(after.id): challenge_rows.differences(before, after, now)
            for before, after in changed
        }
        self._append(tx, changed, now, rows)

    def change_without_lock(
        self,
        database: Database,
        challenge_id: int,
        rule: Callable[[Challenge], Challenge],
        clock: Callable[[], datetime],
    ) -> Challenge | None:
        """Change a challenge by a rule without a lock, as it is cached or else as it is read now.

        Waits for a connection first: what is announced meanwhile is part of what the rule decides on.
        If it turns out to have changed since it was cached, as where another worker serves the other
        player, it is decided anew: on what was announced in between, or else as it is read, which
        takes half the statements that a lock does.

        Returns None if nothing has changed, and the challenge is to be locked: where it has changed
        again and again; where the rule refuses or has nothing to do, which the present state has to say;
        and where more is to be read or told than the challenge itself. Raises StoreUnavailable, which
        may be OutcomeUnknown.
        """
        topic, head = challenge_topic(challenge_id), -1
        with database.write_turn() as turn:
            for _ in range(_MAX_COMPARISONS):
                found = self._cache.cached(challenge_id)
                if found is None or found[1] <= head:  # it is known to be out of date
                    # Takes no lock: an answer may come after the head is read, and before the answers
                    # are. So what is read is not cached, but only compared.
                    found = challenges.load_with_head(turn.connection, challenge_id)
                if found is None:
                    return None
                before, head = found
                decided = _decided_alone(before, rule, clock)
                if decided is None:
                    return None
                after, drafts, now = decided
                if _begins(before, after) and _has_seeker(turn, after, now):
                    return None
                rows = challenge_rows.differences(before, after, now)
                put = partial(self._cache.put, after, head + len(drafts))
                if database.append_at(turn, topic, head, drafts, rows, now, then=put):
                    return after
        return None

    def see(self, tx: Transaction, challenge: Challenge, user_id: int, now: datetime) -> Challenge:
        """Note whether a participant is recorded as present at any worker."""
        since = now - timedelta(seconds=self._limits.seeker_away_seconds)
        is_online = user_id in presence.recorded(tx.connection, since)
        return see(challenge, user_id, now, is_online=is_online)

    def _see_both(self, tx: Transaction, agreed: Challenge, now: datetime) -> Challenge:
        """Note who is online of two who agree just now; who has acted just now may be unrecorded."""
        acted = acted_within(agreed, self._limits.presence_settle_seconds, now)
        for attempt in agreed.attempts:
            if attempt.player.id in acted:
                agreed = see(agreed, attempt.player.id, now, is_online=True)
            else:
                agreed = self.see(tx, agreed, attempt.player.id, now)
        return agreed

    def end_searches(
        self, tx: Transaction, user_ids: Collection[int], now: datetime, but: int | None = None
    ) -> None:
        """Cancel all open searches of these users but one."""
        if not set(matchmaking.open_searches(tx.connection, user_ids, now)) - {but}:
            return
        # So no search of theirs is just being matched, and two that end searches take turns.
        event_log.lock(tx.connection, matchmaking_topic())
        for challenge_id in matchmaking.open_searches(tx.connection, user_ids, now):
            if challenge_id == but:
                continue
            search = self.lock(tx, challenge_id)
            if search.status == "pending_matchmaking":
                self.store(tx, search, rules.cancel(search, search.challenger.id, now), now)

    def create(self, tx: Transaction, draft: Challenge, now: datetime) -> Challenge:
        """Store a challenge that has no id yet, and append its events; return it with its id."""
        created = challenge_rows.insert_new(tx.connection, draft)
        self._append(tx, [(None, created)], now, {})  # nobody else has it cached
        return created

    def _append(
        self,
        tx: Transaction,
        changed: Collection[tuple[Challenge | None, Challenge]],
        now: datetime,
        rows: Mapping[str, Sequence[RowChange]],
    ) -> None:
        drafts = [
            draft
            for before, after in changed
            for draft in _told(tx, after, changes(before, after, now))
        ]
        # The last number of each topic: the events of a topic come in order.
        heads = {event.topic: event.seq for event in tx.append(drafts, now, rows)}
        for _, after in changed:
            topic = challenge_topic(after.id)
            if topic not in heads:
                # The head would stay the same, and other workers would use what they cached.
                raise RuntimeError(f"a change of {topic} has no event in its own topic")
            self._cache.put_after_commit(tx, after, heads[topic])


def _decided_alone(
    before: Challenge, rule: Callable[[Challenge], Challenge], clock: Callable[[], datetime]
) -> tuple[Challenge, list[Draft], datetime] | None:
    """Return the challenge after a rule, its events and their time; None if it is to be locked."""
    if not before.is_playing:
        return None
    try:
        after = rule(before)
    except RuleViolation:
        return None
    now = clock()
    drafts = changes(before, after, now)
    topic = challenge_topic(before.id)
    is_alone = all(draft.topic == topic for draft in drafts)
    return (after, drafts, now) if drafts and is_alone else None


def _begins(before: Challenge, after: Challenge) -> bool:
    """Return whether the change gets both players into the duel, which ends their searches."""
    return after.status != before.status and after.is_playing


def _has_seeker(turn: WriteTurn, duel: Challenge, now: datetime) -> bool:
    """Return whether one of the two searches, so that more changes than the duel."""
    return bool(matchmaking.open_searches(turn.connection, duel.player_ids, now))


def _told(tx: Transaction, after: Challenge, drafts: list[Draft]) -> list[Draft]:
    """Leave out what an opponent who has blocked the challenger is not told.

    That is an invite, and that it was withdrawn. Nobody else can see that it is left out.
    """
    opponent = after.opponent
    if opponent is None or after.is_agreed:
        return drafts
    theirs = user_topic(opponent.id)
    if not any(draft.topic == theirs for draft in drafts):
        return drafts
    if not blocks.has_blocked(tx.connection, opponent.id, after.challenger.id):
        return drafts
    return [draft for draft in drafts if draft.topic != theirs]
