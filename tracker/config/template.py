"""The text of a first config: what the user chose, and everything else as comments with the defaults. Pure."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from tracker.panel.dialects.built_in import named

TEMPLATE = """\
# The config of tracker, written by `tracker init`. Lines that begin with # show defaults and examples.
# Durations are 45s, 5m, 2h, 1d. ${{NAME}} is an environment variable ($${{ stands for ${{).

{database}

panels:
  {panel}:
    url: {url}
    {key}   # contains only the key; only its owner may read it
    dialect: {dialect}
    # ids_per_call: {ids_per_call}               # orders in one status call
    # calls_per_second: 5             # over all actions of this panel
    # connections: 4                  # status calls at the same time; adds are always one at a time
    # timeout: 30s                    # for every call except an add
    # add_timeout: 120s               # too short makes orders `unknown`
    # same_link: wait                 # wait while another order for the same service and link is unfinished; or allow
    # account: sole                   # shared: others order from this account too, and lost orders are left to you
    balance:
      {low}   # alert below this, in the panel's currency
      # every: 5m                     # how often the wallet is read

# schedule:
#   submit: 5s                        # queued orders are looked for at least this often
#   poll: 60s                         # the shortest time between two polls of the same order
#   poll_max: 30m                     # the longest
#   services: 6h                      # how often the catalogue is read

# unknown:                            # orders whose answer was lost: the panel may have taken them or not
#   probe: false                      # true: ask the panel about ids near a lost order, so that it finds itself
#   settle: 15m                       # how long negative evidence must hold

{alerts}
# templates: texts                    # a folder with your own texts: `tracker alerts templates --to FOLDER`
# heartbeat: https://example.com/uuid # requested each minute while everything works (healthchecks, Uptime Kuma)

# retention:
#   finished: 365d                    # finished orders
#   alerts: 30d                       # alerts that were sent or are dead

# log:
#   level: info                       # debug, info, warning or error
#   format: auto                      # text on a terminal, json elsewhere; or one of these two
"""

ALERTS = """\
alerts:
  - name: ops
    url: {url}
    # events: ["*"]                   # or some: [order.unknown, order.rejected, balance.*, panel.*]
    {digest}   # collect for this long, then send one message; default: each at once
    # remind: [4h, 1d]                # report again what still lasts, after 4 h and then each day; [] never
    # quiet: 22:00-07:00 Europe/Berlin  # only urgent alerts are sent then; the rest in one message after
"""

HAND_DATABASE = """\
# database: sqlite:///tracker.db      # relative to $STATE_DIRECTORY (set by systemd), else to this file's folder;
#                                     # or postgresql://user:${PASSWORD}@host:5432/tracker, for several machines"""

SERVICE_DATABASE = """\
database: %s    # one file for the service and for commands by hand;
#                                     # or postgresql://user:${PASSWORD}@host:5432/tracker, for several machines"""

NO_ALERTS = """\
# alerts:                             # nobody is notified until this is filled in
#   - name: ops
#     url: tgram://TOKEN/CHAT         # any apprise URL; mailtos://USER:PASSWORD@HOST for email
#     events: [order.unknown, order.rejected, balance.*, panel.*]   # default: all
#     digest: 15m                     # collect for this long, then send one message; default: each at once
"""


class Answers(NamedTuple):
    """What the user chose for the config."""

    dialect: str
    panel: str
    url: str
    #: The path to write into the config; None while the key is not stored yet.
    key_file: str | None
    low: str
    alert_url: str
    #: How long alerts that are not urgent are gathered; empty: they are not.
    digest: str = ""


def first_config(answers: Answers, database: str | None = None) -> str:
    """Return the text of a config; with the URL of a service's database where it is a service's."""
    key = "key: not-stored-yet" if answers.key_file is None else f"key_file: {yaml_scalar(answers.key_file)}"
    alerts = (
        ALERTS.format(url=yaml_scalar(answers.alert_url), digest=_digest(answers.digest))
        if answers.alert_url
        else NO_ALERTS
    )
    return TEMPLATE.format(
        database=SERVICE_DATABASE % yaml_scalar(database) if database else HAND_DATABASE,
        panel=yaml_scalar(answers.panel),
        url=yaml_scalar(answers.url),
        key=key,
        dialect=answers.dialect,
        ids_per_call=named(answers.dialect).ids_per_call,
        low=f"low: {answers.low}" if answers.low else "# low: 50000",
        alerts=alerts,
    )


def _digest(span: str) -> str:
    return f"digest: {span}" if span else "# digest: 15m"


def yaml_scalar(text: str) -> str:
    """Write a text as YAML, in quotes where YAML could read it as something else."""
    plain = re.fullmatch(r"[A-Za-z0-9](?:[\w./-]|:(?=[\w/]))*", text, re.ASCII)
    return text if plain and text.lower() != "null" else json.dumps(text, ensure_ascii=False)
