"""What operators do with the question bank."""

from dataclasses import asdict
from datetime import datetime, timedelta

from qader_sse.domain.acts import Act
from qader_sse.question_files import QuestionFile
from qader_sse.store import audit, exposure, question_bank
from qader_sse.store.database import Database
from qader_sse.store.exposure import Exposure
from qader_sse.store.question_bank import Imported


class QuestionBank:
    def __init__(self, database: Database) -> None:
        self._database = database

    def is_empty(self) -> bool:
        with self._database.read_transaction() as connection:
            return question_bank.is_empty(connection)

    def import_file(self, file: QuestionFile, name: str, act: Act) -> Imported:
        """Import a file of this name as a whole. Raises BadQuestionFile; then nothing is stored."""
        with self._database.transaction() as tx:
            done = question_bank.store(tx.connection, file)
            audit.record(tx.connection, act, "questions", file=name, **asdict(done))
            return done

    def exposure(self, now: datetime, days: int, most_people: int) -> Exposure:
        """Return how much of the bank was shown within these days, and to whom the most."""
        with self._database.read_transaction() as connection:
            return exposure.read(connection, now - timedelta(days=days), most_people)
