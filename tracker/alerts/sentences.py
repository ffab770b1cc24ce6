"""The sentences that other rooms write into the facts of a notice: what another language can say in its own words.

`{name}` is what varies. A sentence without a phrase of the user's own stays English. A test finds each of them in the
code of the room that writes it.
"""

from __future__ import annotations

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
)
"""What is wrong with an order, and what became of a service."""

PANELS: tuple[str, ...] = (
    "the panel did not answer",
    "the panel did not answer: {why}",
    "the panel's answer ({status}) was cut short or too long",
    "the panel's answer ({status}) was cut short or too long: {why}",
    'the panel answered with the error "{words}"',
    "the panel says that it was asked too often (429)",
    "the panel answered {status} with {what}",
    "the panel answered {status} with {what}; {why}",
    "an empty body",
    "a page of HTML with the title {text}",
    "a page of HTML: {text}",
    "something that is not JSON: {text}",
    "a JSON value that holds no error",
    "JSON that is neither an order id nor an error",
    "JSON that holds no order id that can be read",
    'the error "{words}", which is not among the dialect\'s refusals',
    'the refusal "{words}", but with a status that proves nothing',
    'the error "{words}" and what may be an order id',
    "a guard against robots stands before the panel: ask its operator to let the API through",
    "check the address under `url:`: it must be that of the API, which often ends in /api/v2",
    "check the key, and the address under `url:`",
    "its server has a fault, which only its operator can mend",
    "its server is down or overloaded",
    "only its operator can mend that",
    "write https:// in the address under `url:`",
    "the panel redirects ({status}): {why}",
    "it does not say where to; check the address under `url:`",
    "it leads to the very address that it was asked at; only its operator can mend that",
    "it wants to be asked at {url}; write that under `url:` in the config",
    "it wants to be asked at {url}, another host, to which the key was not sent; if the panel has moved there, write "
    "that under `url:` in the config",
    "it wants to be asked at {url}, where anybody could read the key, which was not sent; ask its operator",
    "it leads to its login page, {url}. The address of an API is another one; it often ends in /api/v2",
)
"""What a panel answered in the place of what it was asked for."""

NETWORK: tuple[str, ...] = (
    "{host} did not answer within {seconds} s",
    "the answer of {host} was not complete within {seconds} s",
    "{host} did not take the connection within {seconds} s; check the address and its port, or its server is down",
    "{host} takes no connections; check the address and its port, or its server is down",
    "{host} broke the connection off before it was open; its server or a firewall does that",
    "{host} did not take the connection in time; check the address, or its server is down",
    "this machine has no way to {host}; check its network, and the address",
    "no server has the name of {host}; check how it is spelt, and this machine's DNS",
    "the name of {host} cannot be looked up now; check this machine's network and DNS",
    "no connection to {host} could be opened; check the address, and this machine's network",
    "the connection to {host} broke before its answer",
    "the connection to {host} broke in the middle of its answer",
    "{host} closed the connection without an answer",
    "{host} closed the connection in the middle of its answer",
    "the certificate of {host} has expired; its operator must renew it, or this machine's clock is wrong",
    "the certificate of {host} is not valid yet; check this machine's clock",
    "the certificate of {host} cannot be trusted; only its operator can mend that",
    "the certificate that {host} shows is for another name; check the address",
    "{host} does not send the whole chain of its certificate; only its operator can mend that",
)
"""Why a request got no whole answer."""

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
)
"""How the daemon ended."""

TARGETS: tuple[str, ...] = (
    "the group has become a supergroup: in the URL, put {id} in the place of its old chat id",
    "it answered {status}: {words}",
    "it answered {status}",
    "it was not accepted, and no reason was given",
    "the mail server refused the user name or the password ({status})",
    "the mail server refused the recipient ({status}: {words})",
    "the mail server does not accept the recipient for now ({status}: {words})",
    "the mail server refused it ({status}: {words})",
    "the mail server does not accept it for now ({status}: {words})",
    "the connection was refused",
    "its host name is not known",
    "it did not answer in time",
    "there is no route to it",
    "it closed the connection",
    "its address is gone for good ({status}); correct it, or remove the target",
    "it redirects to another address ({status}), which is not followed; put its current address into the config",
)
"""Why an alert could not be delivered."""

SENTENCES: tuple[str, ...] = (
    *ORDERS, *EVIDENCE, *ACCOUNTS, *CATALOGUE, *PANELS, *NETWORK, *DAEMON, *TARGETS,
)  # fmt: skip
"""All of them."""
