"""A task an order, for huey's consumer: each asks about its order and puts itself off until the next time."""

import os
import sqlite3
import time

import requests
from huey import SqliteHuey

FOLDER, URL, KEY = os.environ["FOLDER"], os.environ["URL"], os.environ["KEY"]
EVERY = float(os.environ["EVERY"])
"""Seconds until an order is asked about again."""

huey = SqliteHuey(filename=f"{FOLDER}/huey.db")
db = sqlite3.connect(f"{FOLDER}/orders.db", check_same_thread=False)
session = requests.Session()


@huey.task()  # type: ignore[untyped-decorator]
def follow(order: int) -> None:
    """Look at an order, once."""
    said = session.post(URL, data={"key": KEY, "action": "status", "order": order}, timeout=30).json()
    values = (said["status"], said["remains"], time.time(), order)
    with db:
        db.execute("UPDATE orders SET status = ?, remains = ?, checked_at = ? WHERE id = ?", values)
    if said["status"] not in ("Done", "Canceled"):
        follow.schedule((order,), delay=EVERY)


def start() -> None:
    """Put every order into the queue."""
    for (order,) in db.execute("SELECT id FROM orders").fetchall():
        follow(order)
