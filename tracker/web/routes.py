"""Every path there is, and the page behind it. A page is added here and in a file of pages/."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from werkzeug.routing import Map, Rule

from tracker.web.pages.alerts import alerts_page
from tracker.web.pages.journal import journal_page
from tracker.web.pages.order import order_page
from tracker.web.pages.orders import orders_page
from tracker.web.pages.overview import overview_page
from tracker.web.pages.panel import panel_page
from tracker.web.pages.report import report_page
from tracker.web.pages.services import services_page
from tracker.web.pages.worth import worth_page
from tracker.web.views import Page

LOGIN, LOGOUT = "login", "logout"

GATEWAY = "/api/v2"
"""Where other programs order, by the API of panels; also with a slash at its end, as addresses are often written."""

ROUTES = Map(
    [
        Rule("/", endpoint="overview", methods=["GET"]),
        Rule("/orders", endpoint="orders", methods=["GET"]),
        Rule("/orders/<int:number>", endpoint="order", methods=["GET"]),
        Rule("/panels/<panel>", endpoint="panel", methods=["GET"]),
        Rule("/services", endpoint="services", methods=["GET"]),
        Rule("/worth", endpoint="worth", methods=["GET"]),
        Rule("/report", endpoint="report", methods=["GET"]),
        Rule("/alerts", endpoint="alerts", methods=["GET"]),
        Rule("/journal", endpoint="journal", methods=["GET"]),
        Rule("/orders/<int:name>/adopt", endpoint="adopt", methods=["POST"]),
        Rule("/orders/<int:name>/release", endpoint="release", methods=["POST"]),
        Rule("/orders/<int:name>/retry", endpoint="retry", methods=["POST"]),
        Rule("/orders/<int:name>/approve", endpoint="approve", methods=["POST"]),
        Rule("/orders/<int:name>/drop", endpoint="drop", methods=["POST"]),
        Rule("/orders/<int:name>/refill", endpoint="refill", methods=["POST"]),
        Rule("/orders/<int:name>/cancel", endpoint="cancel", methods=["POST"]),
        Rule("/panels/<name>/pause", endpoint="pause", methods=["POST"]),
        Rule("/panels/<name>/resume", endpoint="resume", methods=["POST"]),
        Rule("/tags/<name>/pause", endpoint="pause_tag", methods=["POST"]),
        Rule("/tags/<name>/resume", endpoint="resume_tag", methods=["POST"]),
        Rule("/alerts/retry", endpoint="retry_alerts", methods=["POST"]),
        Rule("/login", endpoint=LOGIN, methods=["GET", "POST"]),
        Rule("/logout", endpoint=LOGOUT, methods=["POST"]),
        Rule("/static/<name>", endpoint="static", methods=["GET"]),
        Rule("/healthz", endpoint="health", methods=["GET"]),
        Rule("/metrics", endpoint="metrics", methods=["GET"]),
        Rule(GATEWAY, endpoint="gateway"),
        Rule(f"{GATEWAY}/", endpoint="gateway", strict_slashes=False),
    ],
    redirect_defaults=False,
    merge_slashes=False,
)

PAGES: Mapping[str, Callable[..., Page]] = {
    "overview": overview_page, "orders": orders_page, "order": order_page, "panel": panel_page,
    "services": services_page, "worth": worth_page, "report": report_page, "alerts": alerts_page,
    "journal": journal_page,
}  # fmt: skip
"""What makes each page: a function of the site, the request, and what the path names."""


def is_gateway(path: str) -> bool:
    """Tell whether a path leads to the gateway."""
    return path.rstrip("/") == GATEWAY
