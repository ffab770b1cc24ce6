"""The files to practise with: a config for the practice panel, and orders that succeed there."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.cli.setup.private_files import write_private

PORT = 8799
"""The port of a practice panel whose config is written: a config needs one that stays."""

ORDERS = "orders.csv"
DATABASE = "practice.db"

CONFIG = """\
# A config for the practice panel, written by `tracker practice --write`. Nothing there costs money.
# The times are short, so that a whole run takes half a minute; for a real panel, `tracker init` writes the config.

database: sqlite:///{database}
panels:
  practice:
    url: {url}
    key: {key}
    dialect: {dialect}
    balance: {{low: 99000, every: 5s}}   # the orders in {orders} cost more than 1000: the wallet falls below this
schedule: {{submit: 1s, poll: 1s, poll_max: 5s, services: 1h}}
alerts:
  - name: practice
    url: json://127.0.0.1:{port}/alerts   # the window of the practice panel shows what arrives
"""

SAMPLE = """\
service,link,quantity,comments,ref
1,https://photos.example/sunrise,50,,followers
2,https://photos.example/harbour,200,,likes
3,https://videos.example/first-steps,2000,,views
4,https://photos.example/cake,2,"Lovely!
How nice",comments
"""


def refuse_old_orders(config: Path) -> None:
    """Refuse a folder with the orders of an earlier practice panel: a new one knows none of them."""
    old = config.absolute().parent / DATABASE
    if old.exists():
        raise click.UsageError(
            f"{old} holds the orders of an earlier practice panel, which a new one does not know: "
            f"remove it (rm {old}*), or practise in another folder"
        )


def write_files(config: Path, text: str, force: bool) -> list[Path]:
    """Write the config, and the sample of orders beside it; return what was written. Equal files stay."""
    wanted = {config: text, config.parent / ORDERS: SAMPLE}
    missing = {path: content for path, content in wanted.items() if not _holds(path, content)}
    for path in missing:
        if path.exists() and not force:
            raise click.UsageError(
                f"{path} already exists: choose another file, or overwrite it with --force"
            )
    for path, content in missing.items():
        write_private(path, content, force)
    return list(missing)


def _holds(path: Path, content: str) -> bool:
    try:
        return path.read_text(encoding="utf-8") == content
    except (OSError, UnicodeDecodeError):
        return False
