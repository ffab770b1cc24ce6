"""Clients that ask the gateway at a steady rate, whatever it answers, in a process of their own."""

from __future__ import annotations

import http.client
import itertools
import json
import random
import sys
import threading
import time
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from tests.support.gateways import KEY
from tracker.web.gateway.errors import TROUBLE

THREADS = 16
PATIENCE_S = 60
NO_ANSWER = "no answer"
REPEATED = 0.1
"""The share of adds that repeat an earlier one, as after a lost answer."""

MIX = (("add", 50), ("status", 25), ("statuses", 20), ("balance", 5))
"""What is asked, and how often in a hundred."""


class Asked(NamedTuple):
    """One request: what it was, the seconds from when it was due until its answer, and what came."""

    kind: str
    took: float
    ref: str | None
    answer: Any


class Load:
    """Sends `rate` requests a second for a while; each is timed from when it was due, also if none was free to send it."""

    def __init__(self, url: str, rate: int, seconds: int) -> None:
        self._url = urlsplit(url)
        self._rate, self._total = rate, rate * seconds
        self._next = itertools.count()
        self._began = time.monotonic()
        self._known: list[int] = []
        self.asked: list[Asked] = []

    def run(self) -> list[Asked]:
        """Send them all."""
        threads = [threading.Thread(target=self._work, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.asked

    def _work(self, seed: int) -> None:
        dice = random.Random(seed)
        connection = http.client.HTTPConnection(self._url.netloc, timeout=60)
        while (number := next(self._next)) < self._total:
            due = self._began + number / self._rate
            time.sleep(max(0, due - time.monotonic()))
            kind = dice.choices([name for name, _ in MIX], [share for _, share in MIX])[0]
            ref, form = self._form(kind, number, dice)
            answer = self._ask(connection, {"key": KEY, **form})
            self.asked.append(Asked(kind, time.monotonic() - due, ref, answer))
            if kind == "add" and "order" in answer:
                self._known.append(answer["order"])
        connection.close()

    def _form(self, kind: str, number: int, dice: random.Random) -> tuple[str | None, dict[str, object]]:
        if kind == "add":
            of = dice.randrange(max(1, number)) if dice.random() < REPEATED else number
            order = {"service": 2, "link": f"https://example.com/load/{of}", "quantity": 100}
            return f"load-{of}", {"action": "add", **order, "ref": f"load-{of}"}
        if kind == "balance" or not self._known:
            return None, {"action": "balance"}
        if kind == "status":
            return None, {"action": "status", "order": dice.choice(self._known)}
        return None, {"action": "status", "orders": ",".join(map(str, dice.choices(self._known, k=100)))}

    def _ask(self, connection: http.client.HTTPConnection, form: dict[str, object]) -> Any:
        """Repeat a request until it has an answer, as a client should: the ref is the same."""
        until = time.monotonic() + PATIENCE_S
        while True:
            answer = self._send(connection, form)
            if not str(answer.get("error", "")).startswith((NO_ANSWER, TROUBLE)) or time.monotonic() > until:
                return answer
            time.sleep(0.05)

    def _send(self, connection: http.client.HTTPConnection, form: dict[str, object]) -> Any:
        head = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request("POST", self._url.path, urlencode(form), head)
            return json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            return {"error": f"{NO_ANSWER}: {error}"}


if __name__ == "__main__":
    print(json.dumps(Load(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])).run()))
