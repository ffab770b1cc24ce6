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
from tracker.panel.dialects.refusal_words import LANGUAGES
from tracker.panel.dialects.spelling import folded_message, pattern
from tracker.panel.dialects.taken_words import HELD, ORDER, TAKEN

_TAKEN, _HELD_OR_ORDER = re.compile(TAKEN), re.compile(rf"(?:{HELD})|(?:{ORDER})")

_WRONG = "(?:incorrect|invalid|wrong|bad)"
_MAINTAINED = r"(?:system|site|website|panel|server|api|service)"

ENGLISH: tuple[tuple[Reason, str], ...] = (
    (Reason.ACCOUNT, rf"(?:your |the )?(?:{_WRONG}|missing|unknown) api[ _-]?key"),
    (
        Reason.ACCOUNT,
        rf"(?:your |the )?api[ _-]?key (?:is )?(?:{_WRONG}|missing|required|not found|disabled|expired)",
    ),
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
    (Reason.FUNDS, r"you (?:do not|don't) have (?:enough|sufficient) (?:funds|balance|money|credits?)"),
    (Reason.FUNDS, r"(?:your )?(?:account )?balance is (?:insufficient|not enough|too low)"),
    (Reason.FUNDS, r"neworder\.error\.(?:not_enough_funds|insufficient_balance)"),
    (Reason.FUNDS, r"you have (?:a )?low balance"),
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
    (Reason.SERVICE, rf"(?:{_WRONG}|disabled|inactive|unknown) service(?:[ _]?id)?"),
    (
        Reason.SERVICE,
        r"(?:the |this )?service(?: id)? (?:is )?"
        r"(?:inactive|deactive|deactivated|disabled|not (?:found|active|available))",
    ),
    (Reason.SERVICE, r"(?:the |this )?service(?: id)? (?:does not|doesn't|do not|not) exists?"),
    (Reason.SERVICE, r"(?:neworder\.)?error\.(?:incorrect_)?service(?:_id)?"),
    (Reason.ORDER_UNKNOWN, rf"(?:{_WRONG}|unknown) order(?:[ _]?id)?"),
    (Reason.ORDER_UNKNOWN, rf"(?:the |this )?order(?:[ _]?id)? (?:is |was )?(?:not found|{_WRONG})"),
    (Reason.ORDER_UNKNOWN, r"(?:the |this )?order(?:[ _]?id)? (?:does not|doesn't) exist"),
    (Reason.ORDER_UNKNOWN, r"no such order"),
    (Reason.ORDER_UNKNOWN, r"error\.incorrect_order_id"),
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
    (Reason.INPUT, r"(?:min|minimum|max|maximum) (?:order|quantity)(?: quantity| amount)?\W*\d+"),
    (Reason.INPUT, r"there are missing required parameters"),
    (Reason.INPUT, r"you must fill in (?:all )?(?:the )?required fields"),
    (Reason.INPUT, r"(?:this|these) services? (?:does|do) not support drip-?feed"),
)
"""Reason and pattern in folded form, tried in this order; a match ends at the end of a word."""

FAMILY = (
    *ENGLISH,
    # By reason, not by language: what is passing is no fault of the order.
    *((reason, text) for reason in Reason for table in LANGUAGES.values() for text in table.get(reason, ())),
)
"""All rows of the family; those of other languages are folded when the first message is read."""


@dataclass(frozen=True)
class Refusals:
    """A dialect's table of refusals; the first row that matches decides."""

    rows: tuple[tuple[Reason, str], ...]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # One alternation of all rows, tried in their order: forty separate tries cost ten times as much.
        return re.compile(
            "|".join(f"(?P<r{at}>{pattern(row[1])})(?!\\w)" for at, row in enumerate(self.rows))
        )

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
            if _may_be_taken(text, found):
                return None
            if proven is None and found is not None and found[0] is not Reason.ORDER_UNKNOWN:
                proven = found[0]
        return proven

    def is_unlisted(self, texts: Iterable[str]) -> bool:
        """Tell whether to list a message would help: none of its texts is known, or says that an order was taken."""
        return not any(
            self._find(text) is not None or _TAKEN.search(folded_message(text)) is not None for text in texts
        )

    def _find(self, text: str) -> tuple[Reason, str] | None:
        """Return the reason of the row that a text begins with, and what follows."""
        message = folded_message(text)
        found = self._pattern.match(message)
        if found is None or found.lastgroup is None:
            return None
        return self.rows[int(found.lastgroup[1:])][0], message[found.end() :]


def _may_be_taken(text: str, found: tuple[Reason, str] | None) -> bool:
    rest = folded_message(text) if found is None else found[1]
    if _TAKEN.search(rest):
        return True
    return found is not None and found[0] is not Reason.LINK_BUSY and _HELD_OR_ORDER.search(rest) is not None
