"""The user's own texts and phrases, from a folder: one file `EVENT.txt` each, and `phrases.txt`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tracker.alerts.messages import fault_in_text
from tracker.alerts.phrases import PHRASES
from tracker.alerts.sentences import SENTENCES
from tracker.alerts.texts import TEXTS
from tracker.alerts.wording import places_of
from tracker.lib.owners import give_new

LARGEST = 64 * 1024
"""Bytes of one file, at most."""

PHRASE_FILE = "phrases.txt"
EQUALS = " = "

LANGUAGES = Path(__file__).parent / "languages"
"""A folder for each language that comes with tracker."""


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What a folder has that can be used, and what is wrong with the rest."""

    texts: Mapping[str, str] = field(default_factory=dict)
    #: English phrase -> the user's own.
    phrases: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


def own_words(folder: Path | None) -> OwnWords:
    """Return the user's texts and phrases; one that cannot be used is logged, and the default is used."""
    # Here, because commands that only show messages log nothing, and it takes 40 ms to import.
    import structlog

    log = structlog.get_logger(__name__)
    found = read(folder)
    for fault in found.faults:
        log.warning("template.invalid", why=fault, instead="the default text")
    return found


def read(folder: Path | None) -> OwnWords:
    """Return the texts and phrases of a folder that can be used, and what is wrong with the others."""
    texts: dict[str, str] = {}
    phrases: dict[str, str] = {}
    faults: list[str] = []
    for file in sorted(folder.glob("*.txt")) if folder is not None else []:
        text, fault = _read(file)
        if fault is None and file.name == PHRASE_FILE:
            faults += [f"{file}: {wrong}" for wrong in _read_phrases(text, phrases)]
            continue
        fault = fault or fault_in_text(file.stem, text)
        if fault is None:
            texts[file.stem] = text
        else:
            faults.append(f"{file}: {fault}")
    return OwnWords(texts, phrases, tuple(faults))


def _read(file: Path) -> tuple[str, str | None]:
    try:
        raw = file.read_bytes()
        if len(raw) > LARGEST:
            return "", f"it is larger than {LARGEST // 1024} KiB"
        return raw.decode("utf-8-sig").replace("\r\n", "\n"), None
    except OSError as error:
        return "", f"it cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        return "", "it is not UTF-8"


def _read_phrases(text: str, phrases: dict[str, str]) -> list[str]:
    """Take in lines `English = own`; return what is wrong with the others."""
    faults = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        english, equals, own = line.partition(EQUALS)
        if not equals or not own.strip():
            faults.append(f"line {number}: write the English phrase, ` = `, and your own")
        elif unknown := sorted(places_of(own) - places_of(english)):
            faults.append(f"line {number}: the English phrase has no {{{unknown[0]}}}")
        else:
            phrases[english] = own
    return faults


def write_defaults(folder: Path, language: str | None = None) -> list[Path]:
    """Write the texts and phrases of a language into a folder, except where a file exists; return what was written."""
    if not folder.exists():
        folder.mkdir(parents=True)
        give_new(folder)
    written = []
    for name, text in _defaults(language).items():
        file = folder / name
        if not file.exists():
            file.write_text(text, encoding="utf-8")
            give_new(file)
            written.append(file)
    return written


def _defaults(language: str | None) -> dict[str, str]:
    if language is not None:
        return {
            file.name: file.read_text(encoding="utf-8")
            for file in sorted((LANGUAGES / language).glob("*.txt"))
        }
    phrases = "".join(f"{phrase}{EQUALS}{phrase}\n" for phrase in dict.fromkeys((*PHRASES, *SENTENCES)))
    return {**{f"{name}.txt": text.lstrip("\n") for name, text in TEXTS.items()}, PHRASE_FILE: phrases}


def languages() -> list[str]:
    """Return the languages that come with tracker, beside English."""
    return sorted(path.name for path in LANGUAGES.iterdir() if path.is_dir())
