"""Makes the client of a panel. Imported where a panel is asked: it loads httpx."""

from __future__ import annotations

from tracker.cli.session import Session
from tracker.config.panel_settings import PanelConfig
from tracker.panel.client import ApiKey, CallLimits, PanelClient


def client_of(session: Session, panel: PanelConfig) -> PanelClient:
    """Return a client of a panel, which is closed when the command ends."""
    session.log_warnings()
    client = new_client(session, panel)
    session.close_at_end(client.close)
    return client


def new_client(session: Session, panel: PanelConfig) -> PanelClient:
    """Return a client of a panel; whoever uses it closes it."""
    return PanelClient(
        panel.url,
        ApiKey(panel.key.reveal(), panel.dialect.key_field),
        CallLimits(panel.timeout, panel.add_timeout, panel.calls_per_second, panel.connections),
        session.bucket(panel.name),
    )
