"""The v2 API of PerfectPanel and the hundreds of panels that copied it: `rate` is for 1000 units. Pure."""

from __future__ import annotations

from tracker.panel.dialects.dialect import Dialect, Requests
from tracker.panel.dialects.fields import Fields

PERFECTPANEL = Dialect(
    name="perfectpanel", price_unit=1000, fields=Fields(description="desc"), requests=Requests.MANY
)
