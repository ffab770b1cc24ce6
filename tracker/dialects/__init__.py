"""How panels are asked and read: our values <-> form fields and JSON. Pure: no clock, socket or file."""

from __future__ import annotations

from tracker.dialects.custom import BASES, KEYS, DialectError, custom, named
from tracker.dialects.family import Dialect

__all__ = ["BASES", "KEYS", "Dialect", "DialectError", "custom", "named"]
