"""The sentences that other rooms write into the facts of a notice: what another language can say in its own words.

`{name}` is what varies. A sentence without a phrase of the user's own stays English. A test finds each of them in the
code of the room that writes it.
"""

from __future__ import annotations

from tracker.alerts.call_sentences import NETWORK, PANELS, STORAGE, TARGETS

ORDERS: tuple[str, ...] = (
    "it is queued again",
    "it was never sent, and is queued again",
    "the panel refused it",
    "it was given up",
    "the panel never took it; it is sent again",
    "the evidence",
    "the operator",
    "the panel's own answer, which came late",
    "the panel, which was asked again with the same request",
    "the panel's list of orders",
    "tracker stopped before the panel's answer was recorded",
    "the panel's answer does not say what became of it",
    "the panel says of this refill: {words}",
    "the panel's answer does not say which order it is about, or what became of it",
)
"""What became of an order, and who says so."""

EVIDENCE: tuple[str, ...] = (
    "no automatic verdict: {why}",
    "others order from this account too: what fits may be theirs",
    "orders {orders} have all arrived, as {ids}; which is which cannot be known: {cure}",
    "{count} ids fit it: {ids}",
    "id {id} fits order {orders} as well",
    "id {id} may be it, but its charge cannot be compared",
    "id {id} fits, but the wallet was not charged for it",
    "the panel denied every id between {low} and {high}, twice",
    "no order at the panel fits it so far, and some ids near it are still open",
    "no id was asked about: no id of the account was known when it was sent",
    "no id was asked about: `unknown: {probe: true}` is not in the config",
    "no id was asked about: the panel's ids do not grow",
    "it may still arrive",
    "the check failed here: {error}",
    "ids that fit: {ids}",
    "the wallet sank by its charge",
    "the wallet did not sink by its charge",
    "the wallet did not sink by its charge, if orders that ended alike were refunded alike",
    "the wallet proves nothing",
    "the wallet proves nothing: {why}",
    "the balance could not be read",
    "what it held before, or what the order costs, is not known",
    "more than {count} active orders move it",
    "it moved while it was read, from {begin} to {end}",
    "the account has orders that were not placed here: {ids}",
    "the panel lists {ids} with its service, link and quantity, but {why}",
    "the panel lists {ids} with its service, link and quantity, and nothing else that fits",
    "the panel lists {ids}, which may be this order, written otherwise",
    "the panel's list has nothing that fits it, but {why}",
    "the panel's list has nothing that fits it; it may still arrive",
    "the panel's list has nothing that fits it; another list must show the same",
    "the panel's list of orders reaches back before it, without it",
    "{count} fit",
    "it fits order {orders} as well",
    "it may be somebody else's: {why}",
    "nothing shows that it was placed after this order was sent",
    "its charge or its status does not fit",
    "some of its rows cannot be read",
    "it says something else of {ids} than what was ordered here",
    "no order in it is known to be older",
    "it lacks {ids}, which was sent later",
    "`tracker resolve --adopt-in-order` pairs them in the order in which they were sent",
)
"""What is known of an order whose answer was lost."""

ACCOUNTS: tuple[str, ...] = (
    "the wallet sank by {amount} more than the orders here cost",
    "the panel answered with order id {id}, which is order {order}'s already",
    "the panel answered with order id {id}, which is ours already: a check of lost orders found it before this order "
    "was sent",
    "the panel answered with order id {id}, which is not above {newest}, the newest id before: it may be another "
    "order's",
    "the panel answered with order id {id}, which is far above {newest}, the newest id before: it may be no order's",
)
"""What does not fit an account."""

LIMITS: tuple[str, ...] = (
    "a unit costs {price}, and `max_price` of {scope} is {most}",
    "what a unit costs is not known now, and `max_price` of {scope} is {most}",
    "a unit costs {price}, and cost {before} when it was queued: `price_jump` of {scope} is {most}",
    "what a unit costs is not known now, and `price_jump` of {scope} is {most}",
    "it costs {cost}, and `approve_above` of {scope} is {most}",
    "what it costs cannot be known before, and `approve_above` of {scope} is {most}",
    "it costs {cost}: with it, {scope} would spend more than {most} today",
    "it costs {cost}: with it, {scope} would spend more than {most} this month",
    "it costs {cost} by itself, and {scope} may spend {most} a day",
    "it costs {cost} by itself, and {scope} may spend {most} a month",
    "what it costs cannot be known before, and {scope} may spend {most} a day",
    "what it costs cannot be known before, and {scope} may spend {most} a month",
)
"""Which limit holds an order."""

CATALOGUE: tuple[str, ...] = (
    "the panel has no service {service}; `tracker services` lists what it has",
    "service {service} ({name}) needs comments: give one a line with --comments-file",
    "service {service} ({name}) needs the field {field}: give it with --field {cure}",
    "{count} comment for a quantity of {quantity}: make them equal, or leave the quantity out",
    "{count} comments for a quantity of {quantity}: make them equal, or leave the quantity out",
    "the field {field} is not a whole number above 0: {text}",
    "service {service} ({name}) has no drip-feed: leave out the field {field}",
    "the quantity is missing",
    "a subscription has no quantity: its fields min and max say how much each post gets",
    "the fields min and max must be whole numbers above 0, and min not above max",
    "the field posts is not a whole number: {text}",
    "the quantity {quantity} is below the service's minimum of {limit}",
    "the quantity {quantity} is above the service's maximum of {limit}",
    "the number for each post, {quantity} is below the service's minimum of {limit}",
    "the number for each post, {quantity} is above the service's maximum of {limit}",
    "the link {link} leads nowhere: write the whole address, like https://example.com/page",
    "the link {link} holds a space: write the whole address, like https://example.com/page, and one for each order",
    "order {number}: {why}",
    "{service} ({name}): {what}",
    "is gone",
    "price {old} is now {new}",
    "minimum {old} is now {new}",
    "maximum {old} is now {new}",
    "the link {link} does not begin with https:// or http://: write the whole address, like "
    "https://example.com/page",
    "the link {link} names no website: write the whole address, like https://example.com/page",
)
"""What is wrong with an order, and what became of a service."""

REPORTS: tuple[str, ...] = (
    "{panel}: {amount} (orders: {count})",
    "to come back: {amount}",
    "net: {amount}",
    "spent, as the wallet says: {amount}",
    "refunds to claim: {amount}",
    "unexplained: {amount}",
)
"""What a month's report says."""

DAEMON: tuple[str, ...] = (
    "it ended with an error",
    "it was killed",
    "the machine had no memory left, and ended it",
    "it hung, and was ended",
    "it took too long to start or to stop, and was ended",
    "The database is older than the one that ran here: orders that it calls queued may have been sent since. Nothing "
    "is sent until you have compared it with the panel's own page and said `tracker resume`.",
    "{file} was deleted or moved.",
    "{file} was replaced by another file.",
    "{file} was overwritten by another program.",
    "parts of it were overwritten; what is left is in {file}",
)
"""How the daemon ended."""

SENTENCES: tuple[str, ...] = (
    *ORDERS, *EVIDENCE, *ACCOUNTS, *LIMITS, *CATALOGUE, *REPORTS, *PANELS, *NETWORK, *DAEMON, *TARGETS, *STORAGE,
)  # fmt: skip
"""All of them."""
