"""A panel to practise on: the panel API over real HTTP on loopback, with a ledger and faults on request."""

from __future__ import annotations

from tracker.practice.book import Book
from tracker.practice.catalogue import Offering
from tracker.practice.course import Course
from tracker.practice.entry import Entry, Move, Placed
from tracker.practice.faults import FAULTS
from tracker.practice.panel import PracticePanel
from tracker.practice.rules import Refusal, Wish

__all__ = [
    "FAULTS",
    "Book",
    "Course",
    "Entry",
    "Move",
    "Offering",
    "Placed",
    "PracticePanel",
    "Refusal",
    "Wish",
]
