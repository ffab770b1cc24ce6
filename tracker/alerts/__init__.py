"""What people are told: the messages of notices, digests of many, and when a failed one is tried again. Pure."""

from tracker.alerts.digests import digest
from tracker.alerts.episodes import calm_needed, next_reminder
from tracker.alerts.messages import Message, Tone, fault_in_text, message
from tracker.alerts.retrying import GIVEN_UP_AFTER, next_try, shorten
from tracker.alerts.texts import TEXTS

__all__ = [
    "GIVEN_UP_AFTER",
    "TEXTS",
    "Message",
    "Tone",
    "calm_needed",
    "digest",
    "fault_in_text",
    "message",
    "next_reminder",
    "next_try",
    "shorten",
]
