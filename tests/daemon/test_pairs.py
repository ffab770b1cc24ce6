"""Lost orders that all arrived: which ids are offered for which, when a person takes them in their order."""

from __future__ import annotations

from decimal import Decimal

from tests.support.sent_orders import followed, lost
from tests.support.worker_stage import Stage
from tracker.daemon.passes.reconcile import Reconcile
from tracker.orders.order import Order, Series
from tracker.store import attempts, evidence

OF_300 = {"newest_id": "5001", "expected_charge": Decimal(300)}
OF_900 = {"newest_id": "5001", "expected_charge": Decimal(900)}


def arrive(stage: Stage, count: int) -> list[str]:
    """Have the panel take orders that a check finds; return their ids."""
    ids = [stage.panel.state.place_elsewhere(2, f"https://x.example/{n}", 100) for n in range(count)]
    with stage.db.transaction():
        evidence.keep_probes(stage.db, "p", [], ids, attempts.newest(stage.db))
    return [str(one) for one in ids]


def pairs(stage: Stage, order: Order) -> list[tuple[int, str]]:
    """What a command offers for an order."""
    found = Reconcile(stage.context(), stage.worker.track.poll).pairs(order)
    return [(one.order_id, panel_order_id) for one, panel_order_id in found]


def test_orders_of_one_price_are_paired_with_the_ids_that_fit_in_the_order_they_were_sent(
    stage: Stage,
) -> None:
    (number,) = stage.panel.state.fill(1, service=2)
    drip_feed = followed(
        stage, number, fields={"runs": "5"}, series=Series.RUNS, expected_charge=Decimal(9000)
    )
    dearer = lost(stage, OF_900)
    alike = [lost(stage, OF_300) for _ in range(2)]
    ids = arrive(stage, 2)

    expected = list(zip([one.id for one in alike], ids, strict=True))
    assert [pairs(stage, one) for one in alike] == [expected] * 2
    assert pairs(stage, dearer) == pairs(stage, drip_feed) == []
    asked = [list(seen.ids) for seen in stage.panel.requests.of("status")]
    assert asked == [ids, [str(number)]] * 4, "what may have parts is asked about, too"


def test_more_ids_than_orders_pair_nothing(stage: Stage) -> None:
    stage.panel.state.fill(1)
    order = lost(stage, OF_300)
    arrive(stage, 2)

    assert pairs(stage, order) == []
