"""Manual pages for man(1), from the commands; the format is that of man(7)."""

from __future__ import annotations

from tests.documents.commands import Manual, manuals
from tracker import __version__


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    found = list(manuals())
    names = [manual.name for manual in found]
    return {f"{manual.name.replace(' ', '-')}.1": _page(manual, names) for manual in found}


def _page(manual: Manual, names: list[str]) -> str:
    title = manual.name.replace(" ", "-")
    first, _, rest = manual.text.partition("\n\n")
    lines = [
        f'.TH {title.upper()} 1 "" "tracker {__version__}" "User Commands"',
        ".SH NAME", f"{_roff(title)} \\- {_roff(first.rstrip('.'))}",
        ".SH SYNOPSIS", f".B {_roff(manual.usage)}",
    ]  # fmt: skip
    if rest:
        lines += [".SH DESCRIPTION", *_paragraphs(rest)]
    if manual.options:
        lines.append(".SH OPTIONS")
        for name, text in manual.options:
            lines += [".TP", f".B {_roff(name)}", _roff(text) or "\\&"]
    if manual.epilog:
        lines += [".SH NOTES", *_paragraphs(manual.epilog)]
    lines += [".SH EXIT STATUS", "0 done; 1 it failed while running; 2 wrong usage or refused input; 3 no such order;",
              "4 it needs you; 78 the config is wrong.", ".SH SEE ALSO", _see_also(manual.name, names)]  # fmt: skip
    return "\n".join(lines) + "\n"


def _paragraphs(text: str) -> list[str]:
    return [line for part in text.split("\n\n") for line in (".PP", _roff(part))]


def _see_also(name: str, names: list[str]) -> str:
    """The pages above this one and directly below it."""
    above = [name.rpartition(" ")[0]] if " " in name else []
    below = [one for one in names if one.rpartition(" ")[0] == name]
    return (
        ",\n".join(f".BR {one.replace(' ', '-')} (1)".removesuffix(",") for one in [*above, *below]) or "\\&"
    )


def _roff(text: str) -> str:
    """A text without anything that roff would read as its own."""
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain
