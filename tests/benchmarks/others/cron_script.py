"""What cron starts each minute: one `status` call an order. Arguments: the database, the panel's url, the key."""

import sqlite3
import sys
import time

import requests

file, url, key = sys.argv[1:]
db = sqlite3.connect(file)
session = requests.Session()
for (order,) in db.execute("SELECT id FROM orders WHERE status NOT IN ('Done', 'Canceled')").fetchall():
    said = session.post(url, data={"key": key, "action": "status", "order": order}, timeout=30).json()
    values = (said["status"], said["remains"], time.time(), order)
    db.execute("UPDATE orders SET status = ?, remains = ?, checked_at = ? WHERE id = ?", values)
db.commit()
