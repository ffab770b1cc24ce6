"""What people are told: the messages of notices, digests of many, and when a failed one is tried again. Pure."""

from tracker.alerts.digests import digest
from tracker.alerts.messages import message
from tracker.alerts.retrying import next_try, shorten
from tracker.alerts.told import Message, Tone

__all__ = ["Message", "Tone", "digest", "message", "next_try", "shorten"]
