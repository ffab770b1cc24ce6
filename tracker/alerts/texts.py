"""The text of every message: to change what users read, change it here or in the config's `templates:` folder. Pure.

The first line of a text is the headline. `$name` is replaced by a fact (see `placeholders`); a line with a fact that is
not known is left out, and a line with a list becomes one line for each item. A text `event.kind` is used
for that kind of the event.
"""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    "order.completed": """
$name completed
$about
It had made no progress for $lasted.
""",
    "order.partial": """
$name was delivered only in part
$about
Not delivered: $remains of $quantity
Comes back: $refund
Panels give back that part by themselves; `tracker balance` shows the wallet.
It had made no progress for $lasted.
""",
    "order.canceled": """
$name was canceled by the panel
$about
Comes back: $refund
Panels give it back by themselves; `tracker balance` shows the wallet. To order it again: `tracker add`.
It had made no progress for $lasted.
""",
    "order.failed": """
$name failed at the panel
$about
The panel may have kept the money: look at `tracker balance`, and ask $panel about $panel_order.
It had made no progress for $lasted.
""",
    "order.rejected": """
$name was refused
Why: $why
$about
Nothing was paid. When the cause is gone: `tracker retry $handle`
If the order itself was wrong, queue a correct one with `tracker add`.
""",
    "order.unknown": """
$name: was it placed? Please check
What happened: $why
What is known: $reasons
$panel may have taken it, so it waits: to send it again could pay twice.
If "$words" means for certain that no order was placed, write it into the config, then `tracker reload`:
  $listing
$about
Sent at $submitted_at
Balance before: $balance_before
Newest order at the panel before: $newest_id
Look for it on the panel's own page. If it is there:
  tracker resolve $handle --adopt PANEL_ID
If you are sure that it is not there, send it again or give it up:
  tracker resolve $handle --release
  tracker drop $handle
""",
    "order.unknown.paired": """
$name was placed; which order at the panel it is, is not known
What is known: $reasons
Others that cost the same were lost too. To send one of them again would pay twice.
$about
This names the pairs, and asks before it adopts them:
  tracker resolve $handle --adopt-in-order
""",
    "order.unknown.settled": """
$name is cleared up: $how
That took $lasted, since $since.
$about
""",
    "order.adopted": """
$name was placed after all
It was not known whether it was placed; it was found by $by.
It is followed again, and is now $state.
It took $lasted to find it.
$about
""",
    "order.stuck": """
$name makes no progress
Nothing has changed since $still_since.
Orders of its service usually take $usual.
$about
The panel says: $word
Ask $panel about $panel_order. It is still followed; `tracker show $handle` shows all that is known.
""",
    "order.stuck.word": """
$name has a status that is not known: $word
$about
It is still followed. You are told of this status only once.
Say what it means in the config: `words:` of the panel's dialect; then `tracker reload`.
`tracker show $handle` shows all that is known.
""",
    "order.stuck.words": """
$name: the words of $panel are not known: $words
$about
It is still followed. You are told of these words only once, whatever orders they are about.
If they say that $panel has no such order, write them into the config, then `tracker reload`:
  $listing
If they say something else, ask $panel about $panel_order. `tracker show $handle` shows all that is known.
""",
    "order.stuck.missing": """
$name is no longer known to the panel
The panel's message: $words
$about
Ask $panel about $panel_order. It is still asked about; `tracker show $handle` shows all that is known.
""",
    "order.stuck.moves": """
$name makes progress again
It had made no progress for $lasted.
$about
The panel says: $word
There is nothing to do.
""",
    "order.changed": """
$name changed from $from to $to
$about
The panel says something else of an order that had ended. `tracker show $handle` shows its history.
""",
    "order.refilled": """
$name was refilled
The panel says: $word
$about
""",
    "order.refill_refused": """
$name: the panel refuses the refill
The panel's message: $words
$about
Nothing was changed at the order. `tracker show $handle` shows what was asked; `tracker refill $handle` asks again.
""",
    "order.refill_refused.unknown": """
$name: was its refill taken? That is not known
Why: $why
It is not asked for again by itself: a second one could be refused, or billed.
$about
Look at the panel's own page. After a day you can ask again: tracker refill $handle
""",
    "order.refill_refused.word": """
$name: its refill has a status that is not known: $word
$about
It is still followed. You are told of this status only once.
Say what it means in the config: `words:` of the panel's dialect; then `tracker reload`.
""",
    "order.cancel_refused": """
$name: the panel does not cancel it
The panel's message: $words
$about
Nothing was changed: the order is followed as before.
""",
    "order.cancel_refused.unknown": """
$name: will it be canceled? That is not known
Why: $why
It is not asked for again by itself. The order is followed: if the panel cancels it, you are told.
$about
Look at the panel's own page. After a day you can ask again: tracker cancel $handle
""",
    "order.expired": """
$name was given up: it was not sent in time
It was to be sent by $expired_at.
$about
Nothing was paid. To send it all the same: `tracker retry $handle`
""",
    "tag.ended": """
$tag is over: $outcome
What $unpriced of these orders cost is not known.
Its orders: tracker list --tag $tag
""",
    "balance.low": """
$panel: the balance is low, $balance
It is below $low.
At the pace of the last day it lasts for about $runway.
Top it up, or the panel will refuse orders. `tracker balance` reads it again.
""",
    "balance.ok": """
$panel: the balance has recovered, $balance
It was low for $lasted, since $since.
At the pace of the last day it lasts for about $runway.
There is nothing to do.
""",
    "balance.ok.funded": """
$panel: the funds suffice again, $balance
They were short for $lasted, since $since.
At the pace of the last day it lasts for about $runway.
There is nothing to do: orders are sent by themselves.
""",
    "balance.short": """
$panel: the queue needs more than the wallet holds
Balance: $balance
Needed for all that is queued: $needed
Short by: $missing
At the pace of the last day it lasts for about $runway.
Top it up before the panel refuses orders. What cannot be paid yet stays queued.
""",
    "balance.short.refused": """
$panel: not enough funds for the next order
Balance: $balance
Needed: $needed
The panel's message: $words
Top it up: orders stay queued and are sent automatically once the balance has risen. `tracker balance` reads it.
""",
    "balance.short.suspected": """
$panel: the wallet holds less than the last order costs, which was refused in unknown words
Balance: $balance
Needed: $needed
Top it up: orders stay queued and are sent automatically once the wallet holds that. The order itself is held as
unknown: its alert shows the panel's words. If they mean something else, settle it, or continue at once:
  tracker resume $panel
""",
    "spend.unexplained": """
$panel: the balance changed for no known reason
Observed: $why
Compare it with the panel's own page: somebody else may use the account, or a price may have changed.
Orders go on, but those whose answer is lost wait for you. Once you know the reason:
  tracker resume $panel
To place nothing until then:
  tracker pause $panel
""",
    "spend.unexplained.ids": """
$panel: a new order got an id that does not fit; orders wait
Why: $why
Compare it with the panel's own page: which id does the newest order have there?
If this panel's order ids do not grow, set `ids_grow: false` in its `dialect` in the config; then `tracker reload`.
Settle the order (`tracker list --state unknown`); then, to send the others:
  tracker resume $panel
""",
    "spend.unexplained.check": """
$panel: a lost order could not be looked for
Why: $why
This is a fault of tracker: please report it with the log. Orders continue, but those whose answer is lost wait for
you: `tracker list --state unknown`. For automatic checks again:
  tracker resume $panel
""",
    "panel.down": """
$panel does not answer
Why: $why
Nothing is lost: orders wait, and it is called again automatically. `tracker status` shows its state.
""",
    "panel.up": """
$panel answers again
It did not answer for $lasted, since $since.
In between it was back and gone again: $returns.
There is nothing to do.
""",
    "panel.up.resumed": """
$panel is called again: you ran `tracker resume`
It had refused the key or the account for $lasted, since $since.
""",
    "panel.refused": """
$panel refuses the key or the account
Why: $words
Orders wait, and those that are placed are not followed.
Put the right key into the config, or have the account opened again at the panel; then: tracker resume $panel
It reads the key again; no restart is needed.
""",
    "service.changed": """
$panel: $count of the services that you use changed
$changes
… and $more more; `tracker services` lists all.
Queued orders that can no longer be placed: $stranded_count
$stranded
They will be refused. To give them up: tracker drop ORDER
""",
    "limit.max_price": """
$panel: orders wait, as a unit costs more than your limit
The first of them: $name
$about
Why: $why
To take one at that price: tracker approve $handle
All that wait: tracker list --state queued
""",
    "limit.max_price.over": """
$panel: no order waits for its price any more
Orders had waited for $lasted, as a unit cost more than your limit.
""",
    "limit.price_jump": """
$panel: orders wait, as their price has risen since they were queued
The first of them: $name
$about
Why: $why
To take one at that price: tracker approve $handle
All that wait: tracker list --state queued
""",
    "limit.price_jump.over": """
$panel: no order waits for a risen price any more
Orders had waited for $lasted, as their price had risen since they were queued.
""",
    "limit.approval": """
$panel: orders wait for your approval
The first of them: $name
$about
Why: $why
To send it: tracker approve $handle
To give it up: tracker drop $handle
All that wait: tracker list --state queued
""",
    "limit.approval.over": """
$panel: no order waits for your approval any more
Orders had waited for it for $lasted.
""",
    "limit.spend": """
$panel: orders wait, as your limit on spending is reached
The first of them: $name
$about
Why: $why
Orders that fit are still sent. The others go on by themselves with the next day or month, or with refunds; or raise the
limit, then: tracker reload
""",
    "limit.spend.over": """
$panel: no order waits for your limit on spending any more
Orders had waited for $lasted.
""",
    "service.slower": """
$panel: orders of service $which take longer than they did
The newest $count took $newest in the middle; before that it was $usual.
Nothing stops. Compare it with others: tracker services --stats
""",
    "service.slower.over": """
$panel: orders of service $which are as fast as before
The newest $count took $newest in the middle; usual is $usual. There is nothing to do.
""",
    "report.monthly": """
Report of $month
$figures
All of it: tracker report --month $month
""",
    "daemon.started": """
Tracker started$on_host
Version $version
Orders: $orders
$held
""",
    "daemon.stopped": """
Tracker stopped$on_host
Version $version
Orders: $orders
Orders are placed and followed again once it is started.
""",
    "daemon.stopped.died": """
Tracker died$on_host
Why: $why
Orders wait and are not followed until it runs again; all is safe in its database.
Read its log (journalctl -u tracker), then start it: systemctl start tracker
""",
    "daemon.stopped.replaced": """
Tracker places nothing any more$on_host: its database is gone
$why
Stop it first (systemctl stop tracker): until then orders wait and commands fail.
All that it knew is in $kept
That could not be saved, because $unsaved
The last orders that it sent:
  $sent
Put the right file in place, that copy or another one, then start tracker. Before it sends from a copy, compare it with
the panel's own page, and say `tracker resume`.
""",
    "config.refused": """
Tracker$on_host did not take the changed config
$faults
Nothing stops: it goes on with the config that it had. Correct these lines, then: tracker reload
Until then, a restart would refuse this config.
""",
    "backup.failed": """
The backup of tracker failed$on_host
Why: $why
Orders go on, and older copies stay. It is tried again at its next time; to try it now: systemctl start tracker-backup
""",
    "backup.failed.made": """
The backup of tracker works again$on_host
It had failed for $lasted, since $since.
There is nothing to do.
""",
    "alert.dead": """
Alerts to $target could not be delivered
Why: $error
Lost for now: $count
Try its URL: tracker alerts test
What was lost: tracker alerts list --state dead
To send it again: tracker alerts retry
""",
    "alert.test": """
Test message of tracker for $target
Alerts arrive here. There is nothing to do.
""",
}
