"""The words of every message: to change what people read, change it here, or in the config's `templates:` folder. Pure.

The first line of a text is the headline. `$name` stands for a fact (see `words`); a line with a fact that is
not known is left out, and one with a list becomes a line for each of its items. A text `event.kind` is used
for that kind of the event.
"""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    "order.completed": """
$name completed
$about
It had stood still for $lasted.
""",
    "order.partial": """
$name was delivered only in part
$about
$remains of $quantity were not delivered.
Panels usually refund that part; `tracker balance` shows the wallet.
It had stood still for $lasted.
""",
    "order.canceled": """
$name was canceled by the panel
$about
The panel should have refunded it: `tracker balance` shows the wallet.
To place it again, queue it anew with `tracker add`.
It had stood still for $lasted.
""",
    "order.failed": """
$name failed, says the panel
$about
Whether the money came back is not certain: compare `tracker balance`,
and ask $panel about $panel_order.
It had stood still for $lasted.
""",
    "order.rejected": """
$name was refused
Why: $why
$about
Nothing was paid. Once the reason is gone, `tracker retry $handle` queues it again;
if the order itself was wrong, queue a right one with `tracker add`.
""",
    "order.unknown": """
$name: was it placed? Please look
Its answer was lost: $why
Looked for: $reasons
$panel may have taken it, so it is held: sending it again could pay twice.
$about
Sent at $submitted_at
Balance before: $balance_before
Newest known order of the panel before: $newest_id
Look for it on the panel's own page. If it is there:
  tracker resolve $handle --adopt PANEL_ID
If it is certainly not there, queue it again or give it up:
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
It is followed again, and is now $state.
It had been unknown for $lasted.
$about
""",
    "order.stuck": """
$name makes no progress
Nothing has changed since $still_since.
Orders of its service usually end within $usual.
$about
The panel says: $word
It is asked about further. Ask $panel about $panel_order; `tracker show $handle` tells all that is known.
""",
    "order.stuck.word": """
$name has a status that is not known: $word
$about
It keeps its state and is asked about further. You hear of this word only once.
What it means can be set in the config, in the panel's dialect.
`tracker show $handle` tells all that is known.
""",
    "order.stuck.missing": """
$name is no longer known to the panel
The panel's words: $words
$about
It is asked about further. Ask $panel what became of $panel_order; `tracker show $handle` tells all that is known.
""",
    "order.stuck.moves": """
$name makes progress again
It had stood still for $lasted.
$about
The panel says: $word
Nothing needs to be done.
""",
    "order.changed": """
$name changed from $from to $to
$about
The panel now says otherwise of an order that had ended. `tracker show $handle` has its history.
""",
    "balance.low": """
$panel: the balance is low, $balance
It is below $low.
The wallet lasts for about $runway at the pace of the last day.
Top it up: without funds the panel refuses orders. `tracker balance` reads it anew.
""",
    "balance.ok": """
$panel: the balance has recovered, $balance
It was low for $lasted, since $since.
The wallet lasts for about $runway at the pace of the last day.
Nothing needs to be done.
""",
    "balance.ok.funded": """
$panel: the funds suffice again, $balance
They were short for $lasted, since $since.
The wallet lasts for about $runway at the pace of the last day.
Nothing needs to be done: orders go out by themselves.
""",
    "balance.short": """
$panel: the queue needs more than the wallet holds
Balance: $balance
Needed for all that is queued: $needed
Short by: $missing
The wallet lasts for about $runway at the pace of the last day.
Top it up before the panel refuses orders. What cannot be paid stays queued, and goes out once it can.
""",
    "balance.short.refused": """
$panel: not enough funds for the next order
Balance: $balance
Needed: $needed
The panel's words: $words
Top it up: orders stay queued and go out by themselves once the balance has risen. `tracker balance` reads it.
""",
    "spend.unexplained": """
$panel: the balance moved without a known reason
What was seen: $why
Compare it with the panel's own page: someone else may be using the account, or a price may have changed.
Orders go on, but those whose answer is lost wait for you. Once all is explained:
  tracker resume $panel
To place nothing meanwhile:
  tracker pause $panel
""",
    "panel.down": """
$panel does not answer
Why: $why
Nothing is lost: orders wait and it is asked again by itself. `tracker status` shows how things stand.
""",
    "panel.up": """
$panel answers again
It was away for $lasted, since $since.
It came and went $returns times meanwhile.
Nothing needs to be done.
""",
    "panel.up.resumed": """
$panel is asked again: a person said `tracker resume`
It had refused the key or the account for $lasted, since $since.
""",
    "panel.refused": """
$panel refuses the key or the account
The panel's words: $words
Nothing is sent to it and nothing asked any more.
Set the key in the config, or the account, right; then: tracker resume $panel
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
Nothing is placed or followed until it is started again.
""",
    "daemon.stopped.died": """
Tracker died$on_host
$why
Nothing is placed or followed until it runs again; orders and alerts are safe in its database.
Look at its log (journalctl -u tracker), then start it: systemctl start tracker
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
Alerts reach you here. Nothing needs to be done.
""",
}
