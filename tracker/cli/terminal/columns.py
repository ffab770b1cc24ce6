"""Tables on a terminal: which columns at which width, and how wide each is. Nothing is folded inside a word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from tracker.cli.terminal import screen
from tracker.cli.terminal.cells import cells, cut, cut_link, pad
from tracker.lib.visible import one_line

GAP = "  "
"""Between two columns."""

Cut = Callable[[str, int], str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name for `--columns`, its title, and what happens to it where there is little room."""

    name: str
    title: str = ""
    #: How a cell is cut that does not fit; None: it never is.
    cut: Cut | None = None
    #: The cells that it keeps when it is cut.
    least: int = 8
    right: bool = False
    #: The width of the terminal from which on it is shown.
    from_width: int = 0

    @property
    def heading(self) -> str:
        """What stands above it."""
        return self.title or self.name.replace("_", " ")


def text_column(name: str, title: str = "", least: int = 8, from_width: int = 0) -> Column:
    """Return a column of texts, which are cut at their ends."""
    return Column(name, title, cut, least, from_width=from_width)


def link_column(name: str, title: str = "", least: int = 20, from_width: int = 0) -> Column:
    """Return a column of links, which are cut in their middles."""
    return Column(name, title, cut_link, least, from_width=from_width)


def shown(columns: Iterable[Column], width: int) -> list[Column]:
    """Return the columns that a terminal of this width shows."""
    return [column for column in columns if column.from_width <= width]


def chosen(text: str, columns: Mapping[str, Column]) -> list[Column]:
    """Return the columns that `--columns a,b,c` names; ValueError says which there are."""
    found = []
    for name in (one.strip().lower().replace("-", "_").replace(" ", "_") for one in text.split(",")):
        if name not in columns:
            near = get_close_matches(name, columns, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(columns)}"
            raise ValueError(f"there is no column {name!r}; {hint}")
        found.append(columns[name])
    return found


def print_columns(columns: Sequence[Column], rows: Iterable[Sequence[object]], cut_to: int | None) -> int:
    """Print a table whose lines take at most `cut_to` cells (None: however many they need); return its rows.

    Where even the shortest cells do not fit, columns are left out from the right.
    """
    table = [["" if cell is None else one_line(str(cell)) for cell in row] for row in rows]
    natural = [
        max(cells(column.heading), *(cells(row[number]) for row in table)) if table else 0
        for number, column in enumerate(columns)
    ]
    widths = natural if cut_to is None else fitted(columns, natural, cut_to)
    if table:
        heading = _line(columns, [column.heading for column in columns], widths)
        screen.write([screen.styled(heading, bold=True), *(_line(columns, row, widths) for row in table)])
    return len(table)


def fitted(columns: Sequence[Column], natural: Sequence[int], room: int) -> list[int]:
    """Return the width of each column that fits into `room` cells, the widest cut first. Pure."""
    widths = [min(one, room) if column.cut else one for column, one in zip(columns, natural, strict=True)]
    while (excess := _total(widths) - room) > 0:
        able = [
            number
            for number, column in enumerate(columns[: len(widths)])
            if column.cut and widths[number] > column.least
        ]
        if able:
            widest = max(able, key=lambda number: widths[number])
            widths[widest] -= min(excess, _step(widths, able, widest, columns[widest].least))
        elif len(widths) > 1:
            widths = [
                min(one, room) if column.cut else one for column, one in zip(columns, natural, strict=True)
            ][: len(widths) - 1]
        else:
            break
    return widths


def _step(widths: Sequence[int], able: Sequence[int], widest: int, least: int) -> int:
    """Return by how much the widest column may shrink before another is as wide, or it is at its least."""
    others = [widths[number] for number in able if number != widest]
    return max(1, widths[widest] - max([least, *others]))


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _line(columns: Sequence[Column], row: Sequence[str], widths: Sequence[int]) -> str:
    shown = [
        pad(column.cut(cell, width) if column.cut else cell, width, column.right)
        for column, cell, width in zip(columns, row, widths, strict=False)
    ]
    return GAP.join(shown).rstrip()
