"""`flask --app wsgi questions …`: the question bank."""

from pathlib import Path

import click

from qader_sse.cli.output import CommandGroup, counted
from qader_sse.question_files import read
from qader_sse.question_images import hosts_not_shown
from qader_sse.question_sources import BadQuestionFile
from qader_sse.service import service

questions = CommandGroup("questions", help="The question bank.")


@questions.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_questions(file: Path) -> None:
    """Import FILE (.json or .csv): all of it, or nothing if a row is wrong."""
    click.echo("\n".join(import_from(file)))


@questions.command("exposure")
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True)
@click.option("--people", type=click.IntRange(0, 10_000), default=10, show_default=True)
def show_exposure(days: int, people: int) -> None:
    """Say how much of the bank was shown within DAYS, and who has seen the most of it."""
    found = service().question_bank.exposure(service().clock(), days, people)
    click.echo(f"Questions shown within {days} days, of those in the bank now:")
    for section, (shown, count) in found.sections.items():
        click.echo(f"  {section}: {shown} of {count} ({_percent(shown, count)})")
    if found.people:
        click.echo("Who has seen the most:")
    for username, seen in found.people:
        click.echo(f"  {username}: {seen} ({_percent(seen, found.count)})")


def import_from(path: Path) -> list[str]:
    """Import a file; return what was done, in sentences."""
    try:
        file = read(path)
        done = service().question_bank.import_file(file)
    except BadQuestionFile as error:
        problems = "\n  ".join(error.problems)
        raise click.ClickException(
            f"{_described(path, error.separator)}: nothing was imported,"
            f" {len(error.problems)} to correct:\n  {problems}"
        ) from None
    images = [question.image for question in file.questions if question.image]
    counts = f"{counted(done.added, 'question')} added, {done.changed} changed"
    hidden = hosts_not_shown(images, service().settings.image_hosts)
    return [
        f"{_described(path, file.separator)}: {counts}, {done.unchanged} unchanged",
        *(
            f"The service's own pages show no images of {h}: name it in IMAGE_HOSTS."
            for h in hidden
        ),
    ]


def _described(path: Path, separator: str | None) -> str:
    """Name a file, and for a table what was taken for the separator of its cells."""
    return f"{path.name} (cells separated by {separator})" if separator else path.name


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole if whole else 0:.0f} %"
