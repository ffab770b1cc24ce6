"""Which panels a client orders from, and how it names their services.

With one panel an id is the panel's own. With several each is PANEL:ID, also where only one panel has it: an id must not
change its meaning because another panel lists a service of that number later.
"""

from __future__ import annotations

from typing import NamedTuple

from tracker.config.panel_settings import PanelConfig
from tracker.config.settings import Config
from tracker.config.web_settings import WebClient

MARK = ":"
"""What stands between a panel and an id; no name of a panel holds it."""


class Meant(NamedTuple):
    """A service as a client asked for it."""

    panel: PanelConfig
    service: str


def panels_of(config: Config, client: WebClient) -> list[PanelConfig]:
    """Return the panels that a client may order from, in the order of the config."""
    return [panel for name, panel in config.panels.items() if not client.panels or name in client.panels]


def meant(panels: list[PanelConfig], text: str) -> Meant | None:
    """Return the service that an id means; None where it means none, or one of several panels'."""
    named, mark, rest = text.partition(MARK)
    for panel in panels:
        if mark and panel.name == named:
            return Meant(panel, rest)
    return Meant(panels[0], text) if len(panels) == 1 else None
