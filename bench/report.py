"""The result of a measurement, and the page that is written from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

Cell = str | float | None

_BAR, _GAP, _LABELS, _BARS, _FIGURES = 22, 8, 250, 400, 90

# Readable on a light page and on a dark one, because the picture cannot know on which it is shown.
_STYLE = """\
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 15px }
.bar { fill: #8c959f }
.ours { fill: #0969da }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .ours { fill: #58a6ff }
}"""


@dataclass(frozen=True, slots=True)
class Table:
    """A first column of names, then columns of figures. A cell without a value is a dash."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""
    folded: bool = False  # only the caption is shown until the reader opens it
    notes: Sequence[str] = ()  # listed below


@dataclass(frozen=True, slots=True)
class Chart:
    """Horizontal bars. Bars whose label begins with "ours" have a colour of their own."""

    name: str  # of its file, without the suffix
    title: str
    unit: str
    bars: Sequence[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: text in Markdown, a list of what was found, then tables, then charts.

    `problems` are faults of ours (a lost message, a client that did not keep up): they are shown at
    the top, and the command fails.
    """

    title: str
    text: str
    tables: Sequence[Table] = ()
    charts: Sequence[Chart] = ()
    problems: Sequence[str] = ()
    findings: Sequence[str] = ()


def ratio(value: float | None, to: float | None) -> str | None:
    """Return a value as a multiple of `to`, as a table shows it; None if either is missing."""
    return None if value is None or not to else f"{value / to:.2f} ×"


def merged(sections: Sequence[Section]) -> list[Section]:
    """Join the sections of one title, which were measured one after the other."""
    by_title: dict[str, list[Section]] = {}
    for section in sections:
        by_title.setdefault(section.title, []).append(section)
    return [_joined(of_one) for of_one in by_title.values()]


def page(head: str, facts: Mapping[str, str], sections: Sequence[Section], images: str) -> str:
    """Return the whole page; the charts are files in the folder `images`."""
    rows = "".join(f"| {name} | {fact} |\n" for name, fact in facts.items())
    parts = [f"{head}\n| | |\n|---|---|\n{rows}"]
    parts += [_section(section, images) for section in sections]
    return "\n".join(parts)


def write_charts(sections: Sequence[Section], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for section in sections:
        for chart in section.charts:
            (folder / f"{chart.name}.svg").write_text(svg(chart))


def svg(chart: Chart) -> str:
    """Draw a chart as an SVG picture that refers to no other file."""
    most = max((value for _, value in chart.bars), default=0) or 1
    title = f"{chart.title} ({chart.unit})"
    width, height = _LABELS + _BARS + _FIGURES, 40 + len(chart.bars) * (_BAR + _GAP)
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
            f' width="{width}" height="{height}" role="img">'
        ),
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<text class="title" x="0" y="20">{escape(title)}</text>',
    ]
    for number, (label, value) in enumerate(chart.bars):
        top = 36 + number * (_BAR + _GAP)
        kind = "bar ours" if label.startswith("ours") else "bar"
        length = round(_BARS * value / most, 1)
        base = top + _BAR - 6
        lines += [
            f'<text x="{_LABELS - 8}" y="{base}" text-anchor="end">{escape(label)}</text>',
            f'<rect class="{kind}" x="{_LABELS}" y="{top}" width="{length}" height="{_BAR}"/>',
            f'<text x="{_LABELS + length + 6}" y="{base}">{_figure(value)}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


def markdown(table: Table) -> str:
    """Write a table as Markdown."""
    marks = ("---", *["---:"] * (len(table.heads) - 1))
    rows = [tuple(map(_figure, row)) for row in table.rows]
    text = "".join(f"| {' | '.join(cells)} |\n" for cells in (tuple(table.heads), marks, *rows))
    if table.notes:
        text += "\n" + "".join(f"- {note}\n" for note in table.notes)
    if table.folded:
        return f"<details><summary>{table.caption}</summary>\n\n{text}\n</details>\n"
    return f"{table.caption}\n\n{text}" if table.caption else text


def _joined(sections: Sequence[Section]) -> Section:
    """Join sections of one title: tables with the same heads, and charts of the same name, as well."""
    tables: dict[tuple[object, ...], Table] = {}
    charts: dict[str, Chart] = {}
    for table in (table for section in sections for table in section.tables):
        key = (table.caption, *table.heads)
        before = tables.get(key, replace(table, rows=(), notes=()))
        rows, notes = [*before.rows, *table.rows], [*before.notes, *table.notes]
        tables[key] = replace(table, rows=rows, notes=notes)
    for chart in (chart for section in sections for chart in section.charts):
        before_it = charts.get(chart.name, replace(chart, bars=()))
        charts[chart.name] = replace(chart, bars=[*before_it.bars, *chart.bars])
    return Section(
        sections[0].title,
        next((section.text for section in sections if section.text), ""),  # none if it failed
        list(tables.values()),
        list(charts.values()),
        [problem for section in sections for problem in section.problems],
        [finding for section in sections for finding in section.findings],
    )


def _section(section: Section, images: str) -> str:
    parts = [f"## {section.title}\n"]
    if section.text:
        parts.append(f"{section.text.strip()}\n")
    parts += [f"**Problem:** {problem}\n" for problem in section.problems]
    if section.findings:
        parts.append("".join(f"- {finding}\n" for finding in section.findings))
    parts += [markdown(table) for table in section.tables]
    parts += [f"![{chart.title}]({images}/{chart.name}.svg)\n" for chart in section.charts]
    return "\n".join(parts)


def _figure(cell: Cell) -> str:
    """Write three significant digits, and thousands with commas."""
    if cell is None:
        return "-"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int) or abs(cell) >= 100:
        return f"{cell:,.0f}"
    return f"{cell:.1f}" if abs(cell) >= 10 else f"{cell:.2f}"
