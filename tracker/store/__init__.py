"""Tables and every query. Nothing else in tracker knows SQL.

`database` opens it, `changes` writes what was decided (the one place where a state moves), `queue` takes
orders in and picks the next to send, `orders` finds them, `accounts` keeps wallets and catalogues,
`outbox` keeps alerts until they are delivered, `daemons` shows who is running.
"""
