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
$remains of $quantity were not delivered.
Panels usually refund that part; `tracker balance` shows the wallet.
It had made no progress for $lasted.
""",
    "order.canceled": """
$name was canceled by the panel
$about
The panel should have refunded it: `tracker balance` shows the wallet.
To place it again, queue it with `tracker add`.
It had made no progress for $lasted.
""",
    "order.failed": """
$name failed at the panel
$about
It is not certain that the money was refunded: check `tracker balance`,
and ask $panel about $panel_order.
It had made no progress for $lasted.
""",
    "order.rejected": """
$name was refused
Why: $why
$about
Nothing was paid. Once the cause is fixed, `tracker retry $handle` queues it again;
if the order itself was wrong, queue a correct one with `tracker add`.
""",
    "order.unknown": """
$name: was it placed? Please check
Its answer was lost: $why
Evidence: $reasons
$panel may have accepted it, so it is held: sending it again could pay twice.
If "$words" means for certain that no order was placed, list it in the config, and restart tracker:
  $listing
$about
Sent at $submitted_at
Balance before: $balance_before
Newest known order of the panel before: $newest_id
Look for it on the panel's own page. If you find it:
  tracker resolve $handle --adopt PANEL_ID
If you are sure that the panel does not have it, queue it again or drop it:
  tracker resolve $handle --release
  tracker drop $handle
""",
    "order.unknown.settled": """
$name is no longer unknown: $how
It had been unknown for $lasted, since $since.
$about
""",
    "order.adopted": """
$name was placed after all
Found by $by.
It is tracked again, and is now $state.
It had been unknown for $lasted.
$about
""",
    "order.stuck": """
$name makes no progress
Nothing has changed since $still_since.
Orders of its service usually end within $usual.
$about
The panel says: $word
Polling continues. Ask $panel about $panel_order; `tracker show $handle` shows all that is known.
""",
    "order.stuck.word": """
$name has a status that is not known: $word
$about
It keeps its state, and polling continues. You are notified of this status only once.
You can set what it means in the config, in the panel's dialect.
`tracker show $handle` shows all that is known.
""",
    "order.stuck.words": """
The words of $panel about $name are not known: $words
$about
It keeps its state, and polling continues. You are notified of these words only once, whatever orders they are about.
If they say that $panel has no such order, list them in the config under `refusals:`, and restart tracker:
  $listing
If they say something else, ask $panel about $panel_order. `tracker show $handle` shows all that is known.
""",
    "order.stuck.missing": """
$name is no longer known to the panel
The panel's message: $words
$about
Polling continues. Ask $panel about $panel_order; `tracker show $handle` shows all that is known.
""",
    "order.stuck.moves": """
$name makes progress again
It had made no progress for $lasted.
$about
The panel says: $word
Nothing needs to be done.
""",
    "order.changed": """
$name changed from $from to $to
$about
The panel changed its report of an order that had ended. `tracker show $handle` shows its history.
""",
    "balance.low": """
$panel: the balance is low, $balance
It is below $low.
At the rate of the last day, the wallet lasts for about $runway.
Top it up: without funds the panel refuses orders. `tracker balance` reads it again.
""",
    "balance.ok": """
$panel: the balance has recovered, $balance
It was low for $lasted, since $since.
At the rate of the last day, the wallet lasts for about $runway.
Nothing needs to be done.
""",
    "balance.ok.funded": """
$panel: the funds suffice again, $balance
They were short for $lasted, since $since.
At the rate of the last day, the wallet lasts for about $runway.
Nothing needs to be done: orders are sent automatically.
""",
    "balance.short": """
$panel: the queue needs more than the wallet holds
Balance: $balance
Needed for all that is queued: $needed
Short by: $missing
At the rate of the last day, the wallet lasts for about $runway.
Top it up before the panel refuses orders. Orders that cannot be paid stay queued until they can.
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
Compare it with the panel's own page: someone else may be using the account, or a price may have changed.
Orders continue, but those whose answer is lost wait for you. Once the change is explained:
  tracker resume $panel
To place nothing until then:
  tracker pause $panel
""",
    "spend.unexplained.ids": """
$panel: a new order got an id that does not fit; nothing more is sent
Why: $why
Compare it with the panel's own page: which id does the newest order have there?
If this panel's order ids do not grow, set `ids_grow: false` in its `dialect` in the config, and restart tracker.
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
It was unavailable for $lasted, since $since.
During that time it failed again $returns times.
Nothing needs to be done.
""",
    "panel.up.resumed": """
$panel is called again: you ran `tracker resume`
It had refused the key or the account for $lasted, since $since.
""",
    "panel.refused": """
$panel refuses the key or the account
The panel's message: $words
Nothing is sent to it any more, and no status is read.
Put the right key into the config, or have the account opened again at the panel; then: tracker resume $panel
It reads the key again; no restart is needed.
""",
    "service.changed": """
$panel: $count of the services that you use changed
$changes
… and $more more; `tracker services` lists all.
Queued orders that can no longer be placed: $stranded_count
$stranded
Change or drop these before they are refused: tracker drop ORDER
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
Nothing is placed or tracked until it is started again.
""",
    "daemon.stopped.died": """
Tracker died$on_host
$why
Nothing is placed or tracked until it runs again; orders and alerts are safe in its database.
Read its log (journalctl -u tracker), then start it: systemctl start tracker
""",
    "daemon.stopped.replaced": """
Tracker places nothing any more$on_host: its database is gone
$why
Nothing is placed or tracked, and no command works, until you stop it (systemctl stop tracker).
All that it knew is in $kept
That could not be saved, because $unsaved
The last orders that it sent:
  $sent
Put the right file in place, that copy or another one, then start tracker: it sends nothing from a copy until you have
compared it with the panel's own page and said `tracker resume`.
""",
    "config.refused": """
Tracker$on_host did not take the changed config
$faults
Nothing stops: it goes on with the config that it had. Correct these lines, then: tracker reload
Until then, a restart would refuse this config.
""",
    "alert.dead": """
Alerts to $target could not be delivered
Why: $error
Lost for now: $count
Check its URL with `tracker alerts test`; `tracker alerts list --state dead` lists what was lost,
and `tracker alerts retry` sends it again.
""",
    "alert.test": """
Test message of tracker for $target
Alerts arrive here. Nothing needs to be done.
""",
}
