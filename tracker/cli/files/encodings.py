"""How the text of a file is encoded: as it says itself, as the user says, or as its letters suggest.

A comment that is read in the wrong encoding is paid for all the same, so that nothing is taken that does not look like
a language; and what is only likely is called a guess.
"""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass
from typing import BinaryIO

from tracker.cli.files.rows import BadFile

CHUNK = 1 << 20
"""Bytes that are looked at together."""

SAMPLE = 1 << 20
"""Bytes of lines with letters beyond ASCII from which an encoding is guessed."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks, and how Python calls the encoding that takes them away. UTF-32 begins like UTF-16."""

LANGUAGES = {"cp1252": "Western European", "cp1254": "Turkish", "cp1256": "Arabic and Persian"}
"""What is told apart by its letters: how spreadsheets save CSV on Windows unless they are told otherwise."""

CURE = "save it as UTF-8 (in Excel: CSV UTF-8), or name its encoding with --encoding"

_TURKISH_ONLY = frozenset("ĞİŞğış")
_TURKISH = _TURKISH_ONLY | frozenset("ÇÖÜçöüÂÎÛâîû")
_ARABIC_EVERYWHERE = frozenset("لمنهويى")
"""Letters that no Arabic or Persian text is without. In code pages of other scripts their bytes are small letters."""
_WORD = re.compile(r"[^\W\d_]+")
_STRANGE = re.compile(r"[^\W\d_][¡-¶¸-¿†‡•…‰™×÷](?=[^\W\d_])|[^\W\d_][‚„]|[\x80-\x9f]")
"""A sign inside a word, a low quotation mark behind a letter, or no character at all: another code page, or Japanese,
has a letter there."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How a file is read: Python's name of the encoding, and whether it is only likely."""

    encoding: str
    is_guessed: bool = False

    @property
    def sentence(self) -> str:
        """What the user should know about a guess."""
        language = LANGUAGES.get(self.encoding)
        called = f"{self.encoding} ({language})" if language else self.encoding.upper()
        return f"it was read as {called}, which is a guess; --encoding names another"


def named(name: str) -> Taken:
    """Return the encoding that the user names; ValueError when there is none such."""
    try:
        found = codecs.lookup(name)
        "".encode(name)  # LookupError where it turns bytes into bytes
    except (LookupError, UnicodeError):
        raise ValueError(
            f"there is no encoding {name!r}; usual ones are utf-8, utf-16, {', '.join(LANGUAGES)}"
        ) from None
    return Taken("utf-8-sig" if found.name == "utf-8" else found.name)


def encoding_of(file: BinaryIO) -> Taken:
    """Tell how the text of a file is encoded, and go back to its start; BadFile when that cannot be told."""
    head = file.read(4)
    file.seek(0)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return Taken(encoding)
    if len(head) > 1 and (not head[0] or not head[1]):  # a header is ASCII: half of its bytes are zero
        return Taken("utf-16-le" if head[0] else "utf-16-be", is_guessed=True)
    bad_line = _first_bad_line(file)
    file.seek(0)
    if bad_line is None:
        return Taken("utf-8")
    guessed = guess(_sample(file), bad_line)
    file.seek(0)
    return Taken(guessed, is_guessed=True)


def text_of(data: bytes, encoding: str | None) -> tuple[str, Taken]:
    """Return the text in bytes, and how it was read; BadFile when it cannot be."""
    taken = named(encoding) if encoding else encoding_of(io.BytesIO(data))
    try:
        return data.decode(taken.encoding), taken
    except UnicodeDecodeError:
        raise BadFile(f"it is not {taken.encoding.upper()} text; {CURE}") from None


def _first_bad_line(file: BinaryIO) -> int | None:
    """Return the first line that is not UTF-8; None when all are."""
    decoder, line = codecs.getincrementaldecoder("utf-8")(), 1
    while True:
        chunk = file.read(CHUNK)
        try:
            line += decoder.decode(chunk, final=not chunk).count("\n")
        except UnicodeDecodeError as error:
            return line + error.object[: error.start].count(b"\n")
        if not chunk:
            return None


def _sample(file: BinaryIO) -> bytes:
    """Return lines with bytes beyond ASCII, no more than SAMPLE bytes of them."""
    lines, size = [], 0
    while (line := file.readline(SAMPLE)) and size < SAMPLE:
        if not line.isascii():
            lines.append(line)
            size += len(line)
    return b"".join(lines)


def guess(sample: bytes, bad_line: int = 1) -> str:
    """Return which code page of LANGUAGES a text is in that is not UTF-8; BadFile when it looks like none of them."""
    text = sample.decode("utf-8", "surrogateescape")
    broken = sum("\udc80" <= char <= "\udcff" for char in text)
    if 2 * sum(not char.isascii() for char in text) > 3 * broken:
        raise BadFile(f"line {bad_line} is not UTF-8 text, though most of the file is; repair or remove it")
    if _is_arabic(sample):
        return "cp1256"
    western = sample.decode("cp1252", "replace")
    if "\ufffd" in western or _is_strange(western):
        languages = ", ".join(f"{name} ({language})" for name, language in LANGUAGES.items())
        raise BadFile(
            f"line {bad_line} is neither UTF-8 nor, as far as its letters tell, one of {languages}; {CURE}"
        )
    letters = {char for char in sample.decode("cp1254", "replace") if char.isalpha() and not char.isascii()}
    return "cp1254" if letters & _TURKISH_ONLY and letters <= _TURKISH else "cp1252"


def _is_arabic(sample: bytes) -> bool:
    """Tell whether the letters make words of Arabic script alone, with those that all of its languages need."""
    words = [word for word in _WORD.findall(sample.decode("cp1256")) if not word.isascii()]
    arabic = [word for word in words if all("\u0600" <= char <= "\u06ff" for char in word)]
    letters = "".join(arabic)
    usual = sum(char in _ARABIC_EVERYWHERE for char in letters)
    return 10 * len(arabic) >= 9 * len(words) and len(letters) > 1 and 10 * usual >= len(letters)


def _is_strange(text: str) -> bool:
    """Tell whether a text in a Latin code page is in another one: with signs in its words, or words without vowels."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    foreign = sum(len(word) > 2 and not re.search("[A-Za-z]", word) for word in words)
    return 20 * len(_STRANGE.findall(text)) > len(words) or 3 * foreign > len(words)
