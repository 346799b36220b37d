"""`flask --app wsgi questions …`: the question bank."""

from dataclasses import asdict
from pathlib import Path

import click

from qader_sse.cli.acting import acting
from qader_sse.cli.output import CommandGroup, Report, counted
from qader_sse.domain.acts import Act
from qader_sse.question_files import read
from qader_sse.question_images import hosts_not_shown
from qader_sse.question_sources import BadQuestionFile
from qader_sse.service import service

questions = CommandGroup("questions", help="The question bank.")


@questions.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@acting
def import_questions(file: Path, act: Act) -> Report:
    """Import FILE (.json or .csv): all of it, or nothing if a row is wrong."""
    return import_from(file, act)


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
