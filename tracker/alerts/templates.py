"""The user's own message texts, from a folder: one file `EVENT.txt` each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import structlog

from tracker.alerts.messages import fault_in_text
from tracker.alerts.texts import TEXTS

log = structlog.get_logger(__name__)

LARGEST = 64 * 1024
"""Bytes of one text, at most."""


def own_texts(folder: Path | None) -> dict[str, str]:
    """Return the user's texts by name; one that cannot be used is logged, and the default is used."""
    texts, faults = read(folder)
    for fault in faults:
        log.warning("template.invalid", why=fault, instead="the default text")
    return texts


def read(folder: Path | None) -> tuple[dict[str, str], list[str]]:
    """Return the texts that can be used, by name, and what is wrong with the others."""
    texts: dict[str, str] = {}
    faults: list[str] = []
    for file in sorted(folder.glob("*.txt")) if folder is not None else []:
        text, fault = _read(file)
        fault = fault or fault_in_text(file.stem, text)
        if fault is None:
            texts[file.stem] = text
        else:
            faults.append(f"{file}: {fault}")
    return texts, faults


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


def write_defaults(folder: Path, texts: Mapping[str, str] = TEXTS) -> list[Path]:
    """Write the default texts into a folder, except where a file exists already; return what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in texts.items():
        file = folder / f"{name}.txt"
        if not file.exists():
            file.write_text(text.lstrip("\n"), encoding="utf-8")
            written.append(file)
    return written
