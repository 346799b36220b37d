"""What operators do with the question bank."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from qader_sse.domain.acts import Act
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.question_files import QuestionFile
from qader_sse.store import audit, exposure, question_answers, question_bank, question_export
from qader_sse.store.database import Database
from qader_sse.store.exposure import Exposure
from qader_sse.store.question_answers import QuestionAnswers
from qader_sse.store.question_bank import Imported
from qader_sse.store.retries import retried


class UnknownCodes(Exception):
    """No current question has these codes."""

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(codes)
        self.codes = codes


class TooFewLeft(Exception):
    """Nobody could play these types of challenge any more."""

    def __init__(self, types: Sequence[str]) -> None:
        super().__init__(types)
        self.types = types


class QuestionBank:
    def __init__(self, database: Database) -> None:
        self._database = database

    def is_empty(self) -> bool:
        with self._database.read_transaction() as connection:
            return question_bank.is_empty(connection)

    def images_of_this_host(self) -> int:
        """Count the images of questions that are files on this host, in all versions of questions."""
        with self._database.read_transaction() as connection:
            return question_bank.images_of_this_host(connection)

    def import_file(self, file: QuestionFile, name: str, act: Act) -> Imported:
        """Import a file of this name as a whole. Raises BadQuestionFile; then nothing is stored."""
        with self._database.transaction() as tx:
            done = question_bank.store(tx.connection, file)
            # At each start, `make run` imports what is there already.
            if done.added or done.changed:
                audit.record(tx.connection, act, "questions", file=name, **asdict(done))
            return done

    def export(self) -> dict[str, list[dict[str, Any]]]:
        """Return the bank as a question file has it, but for the markup, which is as it is served."""
        with self._database.read_transaction() as connection:
            return question_export.read(connection)

    @retried
    def retire(self, codes: Collection[str], act: Act, *, is_forced: bool = False) -> None:
        """Take questions out of the bank; running challenges keep them.

        Raises UnknownCodes, and TooFewLeft unless it is forced; then nothing has changed.
        """
        with self._database.transaction() as tx:
            if unknown := sorted(set(codes) - question_bank.current(tx.connection, codes)):
                raise UnknownCodes(unknown)
            question_bank.retire(tx.connection, codes)
            sizes = question_bank.sizes(tx.connection)
            if not is_forced and (too_large := _too_large(sizes)):
                raise TooFewLeft(too_large)
            audit.record(tx.connection, act, "questions", codes=sorted(codes))

    def answers(
        self, now: datetime, days: int, least_answers: int, limit: int
    ) -> list[QuestionAnswers]:
        """Return how questions were answered within these days, the hardest first."""
        since = now - timedelta(days=days)
        with self._database.read_transaction() as connection:
            return question_answers.read(connection, since, least_answers, limit)

    def exposure(self, now: datetime, days: int, most_people: int) -> Exposure:
        """Return how much of the bank was shown within these days, and to whom the most."""
        with self._database.read_transaction() as connection:
            return exposure.read(connection, now - timedelta(days=days), most_people)


def _too_large(sizes: Mapping[str, int]) -> list[str]:
    """Return the types of challenge that need more questions of a section than it has."""
    return [
        kind.key
        for kind in CHALLENGE_TYPES.values()
        if any(count > sizes.get(slug, 0) for slug, count in kind.questions_by_section().items())
    ]
