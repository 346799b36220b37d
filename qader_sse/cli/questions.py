"""`flask --app wsgi questions …`: the question bank."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from qader_sse.cli.acting import acting
from qader_sse.cli.files import NEW_FILE, write_new
from qader_sse.cli.output import CommandGroup, Report, as_json, counted, table
from qader_sse.cli.question_export import exported
from qader_sse.domain.acts import Act
from qader_sse.question_files import read
from qader_sse.question_images import hosts_not_shown
from qader_sse.question_markup import BadMarkup
from qader_sse.question_sources import BadQuestionFile
from qader_sse.service import service
from qader_sse.use_cases.question_bank import TooFewLeft, UnknownCodes

questions = CommandGroup("questions", help="The question bank.")


@questions.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@acting
def import_questions(file: Path, act: Act) -> Report:
    """Import FILE (.json or .csv): all of it, or nothing if a row is wrong."""
    return import_from(file, act)


@questions.command("export")
@click.argument("file", required=False, type=NEW_FILE)
def export_questions(file: Path | None) -> Report:
    """Write the whole bank to FILE, a new one, or print it: JSON, as the import reads it."""
    try:
        bank = exported(service().question_bank.export())
    except BadMarkup as mistake:
        raise click.ClickException(f"Nothing was exported: {mistake}") from None
    text = as_json(bank)
    if file is None:
        return Report(bank, [text])
    write_new(file, text)
    count = len(bank["questions"])
    return Report({"questions": count}, [f"{file}: {counted(count, 'question')} written"])


@questions.command("retire")
@click.argument("codes", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Even if some types could not be played any more.")
@acting
def retire_questions(codes: Sequence[str], yes: bool, act: Act) -> Report:
    """Draw the questions of these CODES no more, within a minute; running duels keep them."""
    try:
        service().question_bank.retire(codes, act, is_forced=yes)
    except UnknownCodes as error:
        raise click.ClickException(
            f"The bank has no question {', '.join(error.codes)}. Nothing was changed."
        ) from None
    except TooFewLeft as error:
        raise click.ClickException(
            f"Too few questions would be left for {', '.join(error.types)}. Nothing was changed."
            " (--yes retires them all the same.)"
        ) from None
    return Report({"retired": list(codes)}, [f"{code}: retired" for code in codes])


@questions.command("answers")
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True)
@click.option(
    "--least", type=click.IntRange(1), default=1, show_default=True, help="Only with so many."
)
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True)
def show_answers(days: int, least: int, limit: int) -> Report:
    """Say of each question how many answers were right within DAYS, the fewest first."""
    found = service().question_bank.answers(service().clock(), days, least, limit)
    columns = ("code", "section", "difficulty", "current", "answers", "right", "seconds")
    rows = (
        (
            *(q.code, q.section, q.difficulty, q.is_current, q.answers),
            *(f"{q.percent_right:.0f} %", q.seconds),
        )
        for q in found
    )
    lines = table(columns, rows) or [f"Nobody has answered a question within {days} days."]
    return Report({"questions": [asdict(question) for question in found]}, lines)


@questions.command("exposure")
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True)
@click.option("--people", type=click.IntRange(0, 10_000), default=10, show_default=True)
def show_exposure(days: int, people: int) -> Report:
    """Say how much of the bank was shown within DAYS, and who has seen the most of it."""
    found = service().question_bank.exposure(service().clock(), days, people)
    sections = [{"section": s, "shown": n, "all": of} for s, (n, of) in found.sections.items()]
    seen_most = [{"username": name, "seen": seen} for name, seen in found.people]
    lines = [
        f"Questions shown within {days} days, of those in the bank now:",
        *(f"  {s}: {n} of {of} ({_percent(n, of)})" for s, (n, of) in found.sections.items()),
        *(["Who has seen the most:"] if found.people else []),
        *(f"  {name}: {seen} ({_percent(seen, found.count)})" for name, seen in found.people),
    ]
    return Report({"sections": sections, "people": seen_most, "questions": found.count}, lines)


def import_from(path: Path, act: Act) -> Report:
    """Import a file; return what was done."""
    try:
        file = read(path)
        done = service().question_bank.import_file(file, path.name, act)
    except BadQuestionFile as error:
        problems = "\n  ".join(error.problems)
        raise click.ClickException(
            f"{_described(path, error.separator)}: nothing was imported,"
            f" {len(error.problems)} to correct:\n  {problems}"
        ) from None
    images = [question.image for question in file.questions if question.image]
    counts = f"{counted(done.added, 'question')} added, {done.changed} changed"
    hidden = hosts_not_shown(images, service().settings.image_hosts)
    lines = [
        f"{_described(path, file.separator)}: {counts}, {done.unchanged} unchanged",
        *(
            f"The service's own pages show no images of {h}: name it in IMAGE_HOSTS."
            for h in hidden
        ),
    ]
    return Report(asdict(done) | {"image_hosts_not_shown": hidden}, lines)


def _described(path: Path, separator: str | None) -> str:
    """Name a file, and for a table what was taken for the separator of its cells."""
    return f"{path.name} (cells separated by {separator})" if separator else path.name


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole if whole else 0:.0f} %"
