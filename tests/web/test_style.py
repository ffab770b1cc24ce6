"""The one style of the page: every colour can be read on its ground, by the rule of WCAG 2.2 (AA)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tracker.web.static import FOLDER

STYLE = (FOLDER / "style.css").read_text()
TEMPLATES = FOLDER.parent / "templates"
SCHEMES = [
    dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
    for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
]

WRITTEN = ("text", "dim", "link", "good", "warning", "critical", "busy")
GROUNDS = ("ground", "card", "area", "warning-ground", "critical-ground")
NOT_WRITTEN_ON = {
    ("good", "area"),
    ("dim", "area"),
    ("warning", "area"),
    ("critical", "area"),
    ("busy", "area"),
    ("link", "area"),
}

READABLE, SEEN = 4.5, 3.0
"""The least contrast of a text, and of the edge of what one uses."""


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES, ids=["light", "dark"])
def test_every_text_can_be_read(scheme: dict[str, str]) -> None:
    faint = {
        (text, ground): round(contrast(scheme[text], scheme[ground]), 2)
        for text in WRITTEN
        for ground in GROUNDS
        if (text, ground) not in NOT_WRITTEN_ON and contrast(scheme[text], scheme[ground]) < READABLE
    }

    assert len(SCHEMES) == 2
    assert faint == {}
    assert contrast(scheme["ground"], scheme["link"]) >= READABLE  # the words of a button
    assert contrast(scheme["edge-of-fields"], scheme["ground"]) >= SEEN


def test_the_style_asks_nothing_of_another_site() -> None:
    assert not re.search(r"url\(|@import|http", STYLE)


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.stem)
def test_on_a_phone_a_figure_is_called_what_its_column_is_called(template: Path) -> None:
    text = template.read_text()
    heads = {re.sub(r"<[^>]*>", "", head) for head in re.findall(r"<th[^>]*>(.*?)</th>", text)}
    labels = {label for label in re.findall(r'data-label="([^"]*)"', text) if not label.startswith("{{ (")}

    assert labels <= heads
    assert not re.search(r"<th scope=.row.*data-label", text), "its head stands before it already"
