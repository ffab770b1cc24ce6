"""Each figure for monitors: its name, what it means, its labels, and where it comes from.

Names and units are as Prometheus wants them (https://prometheus.io/docs/practices/naming/). Labels have few values:
never an order, a link or a service. docs/monitoring.md, the dashboard and the alert rules use these names.
"""

from __future__ import annotations

from tracker.orders.outcomes import ADD_OUTCOMES, SETTLED_BY
from tracker.store.meters import ADDS, CALLS, LOST, MOVES, NEWS
from tracker.web.figures import samples
from tracker.web.figures.kinds import Counter, Gauge, Lengths
from tracker.web.figures.samples import OfPanel


def _of_panel(name: str, meaning: str, read: OfPanel) -> Gauge:
    return Gauge(name, meaning, ("panel",), samples.of_panel(read))


WHOLE = (
    Gauge(
        "tracker_build_info",
        "The version of tracker that answers, as a label; always 1.",
        ("version",),
        samples.build,
    ),
    Gauge(
        "tracker_findings",
        "How many things `tracker status` and /healthz report.",
        ("severity",),
        samples.findings,
    ),
    Gauge("tracker_daemons_alive", "Daemons with a recent heartbeat.", (), samples.alive),
    Gauge(
        "tracker_daemon_heartbeat_timestamp_seconds",
        "When the newest heartbeat of a daemon was written.",
        (),
        samples.heartbeat,
    ),
    Gauge(
        "tracker_pass_running_seconds",
        "For how long the round of a pass has been running; 0 between two rounds.",
        samples.PASS,
        samples.running,
    ),
    Gauge(
        "tracker_pass_last_end_timestamp_seconds",
        "When a pass last ended a round.",
        samples.PASS,
        samples.ended,
    ),
    Gauge(
        "tracker_alert_deliveries",
        "Alerts that wait for a target, and those that are dead.",
        ("target", "state"),
        samples.deliveries,
    ),
)

ORDERS = (
    Gauge("tracker_orders", "Orders by their state now.", ("panel", "state"), samples.orders),
    Counter(
        "tracker_adds_total",
        "Orders sent to the panel, by what came of it; lost: whether the panel took it was not known.",
        ("outcome",),
        ADDS,
        ADD_OUTCOMES,
    ),
    Counter(
        "tracker_lost_answers_settled_total",
        "Unknown orders that were settled, by what became of them and who or what decided.",
        ("outcome", "by"),
        LOST,
        SETTLED_BY,
    ),
    Counter(
        "tracker_order_state_changes_total",
        "Changes of the state of orders.",
        ("from_state", "to_state"),
        MOVES,
    ),
    Lengths(
        "tracker_news_delay_seconds",
        "How late, at most, the end of an order was noticed: the time since it was last asked about.",
        (),
        NEWS,
    ),
)

PANELS = (
    Gauge(
        "tracker_panel_condition",
        "What is the matter with a panel account; 1: it is so, 0: it is not.",
        ("panel", "condition"),
        samples.conditions,
    ),
    Lengths(
        "tracker_call_duration_seconds",
        "How long calls to the panel took, by action and by what came of them over HTTP.",
        ("action", "outcome"),
        CALLS,
    ),
    _of_panel(
        "tracker_call_budget_per_second",
        "How many calls a second the config allows.",
        samples.budget,
    ),
    _of_panel(
        "tracker_call_budget_used_ratio",
        "The part of them that was used over the last five to ten minutes.",
        samples.used,
    ),
    _of_panel(
        "tracker_wallet_balance",
        "The last reading of the wallet, in the panel's currency.",
        samples.balance,
    ),
    _of_panel(
        "tracker_wallet_estimate",
        "What the wallet should hold by now: that reading, less what was sent since.",
        samples.estimate,
    ),
    _of_panel(
        "tracker_wallet_low_threshold",
        "Below this the config calls the wallet low.",
        samples.low,
    ),
    _of_panel(
        "tracker_wallet_runway_seconds",
        "How long the wallet lasts at the pace of the last day.",
        samples.runway,
    ),
    _of_panel(
        "tracker_wallet_read_timestamp_seconds",
        "When the wallet was last read.",
        samples.balance_read,
    ),
    _of_panel(
        "tracker_catalogue_read_timestamp_seconds",
        "When the panel's catalogue was last read.",
        samples.catalogue_read,
    ),
)

FAMILIES: tuple[Gauge | Counter | Lengths, ...] = (*WHOLE, *ORDERS, *PANELS)
"""Every figure that is read from the database or from the passes."""
