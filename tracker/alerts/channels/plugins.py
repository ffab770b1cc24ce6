"""The services that apprise knows. All of them together cost 10 MB, so only those that the config uses are loaded."""

from __future__ import annotations

import functools
import importlib
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tracker.alerts.channels.failures import capture_answers

if TYPE_CHECKING:
    from apprise import NotifyBase

KNOWN = {
    "bark": "bark:NotifyBark",
    "barks": "bark:NotifyBark",
    "discord": "discord:NotifyDiscord",
    "form": "custom_form:NotifyForm",
    "forms": "custom_form:NotifyForm",
    "gchat": "google_chat:NotifyGoogleChat",
    "gotify": "gotify:NotifyGotify",
    "gotifys": "gotify:NotifyGotify",
    "json": "custom_json:NotifyJSON",
    "jsons": "custom_json:NotifyJSON",
    "mailto": "email:NotifyEmail",
    "mailtos": "email:NotifyEmail",
    "matrix": "matrix:NotifyMatrix",
    "matrixs": "matrix:NotifyMatrix",
    "mmost": "mattermost:NotifyMattermost",
    "mmosts": "mattermost:NotifyMattermost",
    "ntfy": "ntfy:NotifyNtfy",
    "ntfys": "ntfy:NotifyNtfy",
    "pagerduty": "pagerduty:NotifyPagerDuty",
    "pbul": "pushbullet:NotifyPushBullet",
    "pover": "pushover:NotifyPushover",
    "rocket": "rocketchat:NotifyRocketChat",
    "rockets": "rocketchat:NotifyRocketChat",
    "signal": "signal_api:NotifySignalAPI",
    "signals": "signal_api:NotifySignalAPI",
    "slack": "slack:NotifySlack",
    "tgram": "telegram:NotifyTelegram",
    "twilio": "twilio:NotifyTwilio",
    "workflow": "workflows:NotifyWorkflows",
    "workflows": "workflows:NotifyWorkflows",
    "xml": "custom_xml:NotifyXML",
    "xmls": "custom_xml:NotifyXML",
    "zulip": "zulip:NotifyZulip",
}
"""A URL's scheme -> the module and class of its service in apprise. Others are found by loading them all."""

_lock = threading.RLock()
"""Held while services are loaded or looked up."""


@functools.cache
def library() -> Any:
    """Import apprise, without a service."""
    with _importing():
        import apprise

    capture_answers()
    return apprise


def names() -> dict[str, str]:
    """Load every service; return the name of each by its URL's scheme."""
    with _lock:
        manager = _with_all()
        return {str(scheme): str(manager[scheme].service_name) for scheme in manager.schemas()}


def shape(scheme: str) -> str:
    """Return how the URL of a service is written, with the names of its parts in braces."""
    if scheme in ("mailto", "mailtos"):
        return f"{scheme}://USER:PASSWORD@HOST?to=YOU@HOST"
    with _lock:
        shapes = [str(one) for one in _with_all()[scheme].templates]
    usual = next((one for one in shapes if "{target" in one), shapes[0])
    return usual.replace("{schema}", scheme)


def service_at(url: str) -> NotifyBase | None:
    """Return the service that a URL names, ready for one message; None when the URL cannot be used."""
    apprise = library()
    # A redirected POST becomes a GET, and a lost message would count as delivered.
    asset = apprise.AppriseAsset(app_id="tracker", app_desc="tracker", app_url="", http_redirects=False)
    with _lock:
        _load(url.strip().partition("://")[0].lower())
        found: NotifyBase | None = apprise.Apprise.instantiate(url, asset=asset)
        return found


def _load(scheme: str) -> None:
    """Load the service of a scheme; all of them when it is not known which one that is."""
    if scheme not in KNOWN:
        _with_all()
        return
    try:
        manager = _with_few()
        if scheme not in manager:
            manager.add(_class_of(KNOWN[scheme]))
    except (
        ImportError,
        AttributeError,
        OSError,
    ):  # a newer apprise moved it; or the empty folder cannot be made
        _with_all()


def _class_of(place: str) -> Any:
    module, _, name = place.partition(":")
    with _importing():
        return getattr(importlib.import_module(f"apprise.plugins.{module}"), name)


@functools.cache
def _with_few() -> Any:
    """Return apprise's registry of services with those loaded so far; by default it loads all of them."""
    manager = _manager()
    with tempfile.TemporaryDirectory() as empty:
        manager.load_modules(path=empty)
    return manager


@functools.cache
def _with_all() -> Any:
    """Return the registry with every service."""
    manager = _manager()
    with _importing():
        manager.unload_modules()  # or it warns about each that is loaded already
        manager.load_modules()
    return manager


def _manager() -> Any:
    library()
    from apprise.manager_plugins import NotificationManager

    return NotificationManager()  # type: ignore[no-untyped-call]


@contextmanager
def _importing() -> Iterator[None]:
    """Ignore warnings that a module of the standard library is deprecated: the user cannot fix them."""
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
