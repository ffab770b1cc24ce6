"""The messages with which panels refuse, and what they prove. Pure.

The table is ordered, and every pattern must match at the start of the message, never somewhere in it: a search
for "min" finds "administrator", "count" finds "Account suspended", and "link" finds "link_duplicate".
A message that no row matches proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from tracker.orders.answers import Reason

_PREFIX = re.compile(r"(?:error|err)\s*:\s*")
_TOOK = re.compile(
    r"\b(accepted|placed|created|registered|submitted|successful\w*|provider|supplier|upstream)\b"
)
"""After a refusal, these make it uncertain: the order may have been booked, by the panel or by its supplier."""

_WRONG = "(?:incorrect|invalid|wrong|bad)"
_MAINTAINED = r"(?:system|site|website|panel|server|api|service)"

FAMILY: tuple[tuple[Reason, str], ...] = (
    (Reason.ACCOUNT, rf"(?:your |the )?(?:{_WRONG}|missing|unknown) api[ _-]?key"),
    (
        Reason.ACCOUNT,
        rf"(?:your |the )?api[ _-]?key (?:is )?(?:{_WRONG}|missing|required|not found|disabled|expired)",
    ),
    (Reason.ACCOUNT, r"api[ _-]?key salah"),
    (Reason.ACCOUNT, r"api is disabled? for this user"),
    (
        Reason.ACCOUNT,
        r"(?:your |the |this )?(?:user )?account (?:is |was |has been )?"
        r"(?:inactive|not active|suspended|banned|blocked|disabled|deactivated|locked|frozen|closed)",
    ),
    (Reason.ACCOUNT, r"neworder\.error\.account_banned"),
    (Reason.ACCOUNT, r"(?:unauthori[sz]ed|unauthenticated|user not found)"),
    (Reason.FUNDS, r"not[ _]enough[ _](?:funds|money|balance|credits?)"),
    (Reason.FUNDS, r"(?:you have )?insufficient[ _](?:funds|balance|credits?)"),
    (Reason.FUNDS, r"you (?:do not|don't|don’t) have (?:enough|sufficient) (?:funds|balance|money|credits?)"),
    (Reason.FUNDS, r"(?:your )?(?:account )?balance is (?:insufficient|not enough|too low)"),
    (Reason.FUNDS, r"neworder\.error\.(?:not_enough_funds|insufficient_balance)"),
    (Reason.FUNDS, r"saldo (?:anda )?tidak (?:cukup|mencukupi)"),
    (Reason.RATE, r"rate limit (?:exceeded|reached)"),
    (Reason.RATE, r"too many (?:requests|attempts)"),
    # Before INPUT: a link that is busy is not a link that is wrong.
    (Reason.LINK_BUSY, r"(?:neworder\.)?error\.link_duplicate"),
    (
        Reason.LINK_BUSY,
        r"(?:you (?:already )?have|there is(?: already)?) "
        r"(?:an )?(?:active|similar|running|pending|unfinished) order (?:with|for|on) this link",
    ),
    (Reason.LINK_BUSY, r"(?:duplicate|duplicated) link"),
    (Reason.LINK_BUSY, r"(?:we are )?processing another transaction"),
    (
        Reason.LINK_BUSY,
        r"(?:this |the )?(?:task|similar order) (?:is )?already (?:exists?|in progress|active)",
    ),
    (
        Reason.LINK_BUSY,
        r"(?:an |the )?order (?:with|for|on) this link (?:is )?already (?:exists?|in progress|active)",
    ),
    # Before SERVICE: a service that is disabled for a while still exists. "Temporarily unavailable" is left out:
    # gateways say it of a panel that may have taken the order.
    (Reason.PASSING, r"(?:this |the )?service (?:is )?temporarily disabled"),
    (
        Reason.PASSING,
        rf"(?:the |our )?{_MAINTAINED} (?:is )?(?:currently |temporarily )?"
        r"(?:(?:under|in|on|undergoing) )?maintenance",
    ),
    (Reason.PASSING, r"(?:under )?maintenance(?: mode)?[.!]*$"),
    (Reason.PASSING, r"hệ thống đang bảo trì"),
    (Reason.SERVICE, rf"(?:{_WRONG}|disabled|inactive|unknown) service(?:[ _]?id)?"),
    (
        Reason.SERVICE,
        r"(?:the |this )?service(?: id)? (?:is )?(?:inactive|disabled|not (?:found|active|available))",
    ),
    (Reason.SERVICE, r"(?:the |this )?service(?: id)? (?:does not|doesn't|do not|not) exists?"),
    (Reason.SERVICE, r"(?:neworder\.)?error\.(?:incorrect_)?service(?:_id)?"),
    (Reason.SERVICE, r"layanan tidak (?:tersedia|ditemukan)"),
    (Reason.ORDER_UNKNOWN, rf"(?:{_WRONG}|unknown) order(?:[ _]?id)?"),
    (Reason.ORDER_UNKNOWN, rf"(?:the |this )?order(?:[ _]?id)? (?:is |was )?(?:not found|{_WRONG})"),
    (Reason.ORDER_UNKNOWN, r"(?:the |this )?order(?:[ _]?id)? (?:does not|doesn't) exist"),
    (Reason.ORDER_UNKNOWN, r"no such order"),
    (Reason.ORDER_UNKNOWN, r"error\.incorrect_order_id"),
    (Reason.ORDER_UNKNOWN, r"pesanan tidak ditemukan"),
    (Reason.INPUT, rf"(?:{_WRONG}|empty|missing) (?:link|url|username|quantity|comments?)"),
    (
        Reason.INPUT,
        r"(?:the )?(?:link|url|username|quantity|comments?|runs|interval time|interval)(?: field)? "
        rf"(?:is |are )?(?:required|missing|empty|not valid|{_WRONG})",
    ),
    (Reason.INPUT, r"neworder\.error\.(?:link|quantity|min_quantity|max_quantity|comments?|schedule_time)"),
    (
        Reason.INPUT,
        r"(?:the )?quantity (?:is )?(?:less|lower|smaller|more|greater|higher|larger) than "
        r"(?:the )?(?:minimum|minimal|min|maximum|maximal|max)",
    ),
    (Reason.INPUT, r"(?:the )?quantity must (?:to )?be"),
    (Reason.INPUT, r"there are missing required parameters"),
    (Reason.INPUT, r"you must fill in (?:all )?(?:the )?required fields"),
    (Reason.INPUT, r"(?:this|these) services? (?:does|do) not support drip-?feed"),
)
"""Reason and pattern, tried in this order at the start of the folded message; a match ends at the end of a word."""


def folded_message(message: str) -> str:
    """Return a message as the patterns expect it: lower case, single spaces, without a leading "Error:"."""
    return _PREFIX.sub("", " ".join(message.casefold().split()), count=1)


def literal(text: str) -> str:
    """Turn a text from the config into a pattern of the table: the panel's message must begin with it."""
    return re.escape(folded_message(text))


@dataclass(frozen=True)
class Refusals:
    """A dialect's table of refusals; the first row that matches decides."""

    rows: tuple[tuple[Reason, str], ...]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # One alternation of all rows, tried in their order: forty separate tries cost ten times as much.
        return re.compile("|".join(f"(?P<r{at}>{row[1]})(?!\\w)" for at, row in enumerate(self.rows)))

    def reason(self, texts: Iterable[str]) -> Reason | None:
        """Return why a panel refuses in these texts; None when none of them is known."""
        return next((found[0] for text in texts if (found := self._find(text)) is not None), None)

    def proven(self, texts: Iterable[str]) -> Reason | None:
        """Return the reason for which an order was certainly not taken; None when that is not certain.

        ORDER_UNKNOWN says nothing about a new order, and a message that starts as a refusal but continues with
        something else is none.
        """
        proven = None
        for text in texts:
            found = self._find(text)
            if _TOOK.search(text.casefold() if found is None else found[1]):
                return None
            if proven is None and found is not None and found[0] is not Reason.ORDER_UNKNOWN:
                proven = found[0]
        return proven

    def _find(self, text: str) -> tuple[Reason, str] | None:
        message = folded_message(text[:2000])
        found = self._pattern.match(message)
        if found is None or found.lastgroup is None:
            return None
        return self.rows[int(found.lastgroup[1:])][0], message[found.end() :]
