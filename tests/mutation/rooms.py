"""What is changed, room by room, and the tests that must notice it.

Only tests that start no process and wait for nothing: each change runs all of them that reach its function.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Room:
    """Files below `tracker` that decide something together, and the tests that bear on them."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


SLOW = (
    "tests/daemon/test_deliver.py::test_a_target_that_hangs_is_not_tried_again_while_a_try_waits",
    "tests/daemon/test_reconcile.py::test_dozens_of_lost_answers_cost_nothing_twice_and_lose_nothing",
    "tests/daemon/test_submit.py::test_each_fault_of_an_add_leads_to_its_state_and_is_never_sent_again",
    "tests/store/test_incidents.py::test_a_panel_that_flaps_each_minute_for_a_day_is_a_handful_of_messages",
    "tests/daemon/test_deliver.py::test_killed_between_send_and_mark_everything_arrives_with_no_more_duplicates_than_kills",
    "tests/daemon/test_ids.py::test_a_real_daemon_stops_at_an_absurd_id_and_continues_after_resume",
    "tests/daemon/test_words.py::test_a_reload_with_the_words_settles_the_order",
    "tests/daemon/test_words.py::test_the_commands_show_the_words_and_what_to_add",
    "tests/daemon/test_prove.py::test_a_folder_that_was_rolled_back_sends_nothing_again",
    "tests/daemon/test_prove.py::test_a_lone_database_copied_elsewhere_is_compared_first",
    "tests/daemon/test_meters.py::test_a_daemon_shows_its_figures_and_writes_the_last_ones_when_it_stops",
    "tests/panel/test_large_answers.py::test_a_list_of_24_megabytes_takes_little_memory",
    "tests/panel/test_figures.py::test_any_text_is_read_as_a_sane_amount_or_not_at_all",
    "tests/orders/test_listing.py::test_what_is_pasted_makes_the_message_known",
    "tests/store/test_outbox.py::test_ten_thousand_completions_in_an_hour_are_four_messages",
)
"""Tests in these files that start processes or wait, and are left out."""

ROOMS = {
    "orders": Room(("orders/*",), ("orders",)),
    "accounts": Room(("accounts/*",), ("accounts", "orders/test_wrong_clock.py")),
    "reconciliation": Room(("reconciliation/*",), ("reconciliation",)),
    "alerts": Room(
        ("alerts/delivery.py", "alerts/incidents.py", "alerts/schedule.py"),
        ("alerts/test_delivery.py", "alerts/test_incidents.py"),
    ),
    "answers": Room(
        (
            *("panel/dialects/envelope.py", "panel/dialects/json_rows.py", "panel/dialects/json_values.py"),
            *("panel/dialects/read_add.py", "panel/dialects/read_balance.py"),
            *("panel/dialects/read_services.py", "panel/dialects/read_status.py"),
            *("panel/dialects/read_orders.py", "panel/dialects/refusals.py", "panel/dialects/taken_words.py"),
            *("panel/dialects/figures.py", "panel/dialects/numbers.py", "panel/dialects/currencies.py"),
            "panel/dialects/spelling.py",
        ),
        (
            *("panel/test_read_add.py", "panel/test_read_balance.py", "panel/test_read_services.py"),
            *("panel/test_read_status.py", "panel/test_custom.py", "panel/test_read_rows.py"),
            *("panel/test_read_orders.py", "panel/test_refusals.py", "panel/test_figures.py"),
            *("panel/test_values.py", "panel/test_large_answers.py", "orders/test_listing.py"),
        ),
    ),
    "adds": Room(
        (
            *("daemon/fencing.py", "daemon/restore_guard.py", "daemon/passes/submit.py"),
            *("daemon/passes/settle.py", "daemon/passes/adopt.py", "daemon/passes/own_ids.py"),
            "daemon/passes/persist.py",
        ),
        (
            *("daemon/test_submit.py", "daemon/test_settle.py", "daemon/test_one_add.py"),
            *("daemon/test_permit.py", "daemon/test_guard.py", "daemon/test_adopt.py"),
            "daemon/test_waits.py",
        ),
    ),
    "polls": Room(
        (
            *("daemon/passes/track.py", "daemon/passes/status_collector.py", "daemon/passes/isolate.py"),
            *(
                "daemon/passes/poll_answer.py",
                "daemon/passes/stalls.py",
                "orders/repeats.py",
                "panel/dialects/status_items.py",
            ),
            "daemon/passes/series.py",
        ),
        (
            *(
                "daemon/test_track.py",
                "daemon/test_repeats.py",
                "daemon/test_isolate.py",
                "daemon/test_waits.py",
            ),
            *("daemon/test_series.py", "daemon/test_meters.py"),
        ),
    ),
    "evidence": Room(
        (
            *(
                f"daemon/passes/{one}.py"
                for one in ("reconcile", "losses", "write_verdicts", "failed_check", "prove", "gather")
            ),
            *(f"daemon/passes/{one}.py" for one in ("ask_again", "read_list", "loss_times", "listed_words")),
        ),
        (
            *("daemon/test_reconcile.py", "daemon/test_prove.py", "daemon/test_ids.py"),
            *("daemon/test_ask_again.py", "daemon/test_read_list.py", "daemon/test_evidence_readings.py"),
            *("daemon/test_loss_times.py", "daemon/test_words.py", "daemon/test_failed_check.py"),
            *("daemon/test_proofs.py", "daemon/test_listed_orders.py", "daemon/test_pairs.py"),
            *("daemon/test_verdicts.py", "daemon/test_asking.py", "daemon/test_asked_answers.py"),
            *("daemon/test_gathering.py", "daemon/test_losses.py", "daemon/test_checks.py"),
        ),
    ),
    "wallet": Room(
        ("daemon/passes/balance.py", "daemon/passes/catalogue.py", "daemon/passes/forecast.py"),
        (
            "daemon/test_balance.py",
            "daemon/test_forecast.py",
            "daemon/test_waits.py",
            "daemon/test_catalogue.py",
        ),
    ),
    "messages": Room(
        ("daemon/passes/deliver.py", "daemon/passes/housekeeping.py"),
        ("daemon/test_sending_alerts.py", "daemon/test_housekeeping.py"),
    ),
    "store": Room(
        (
            *("store/accounts.py", "store/attempts.py", "store/changes.py", "store/counters.py"),
            *("store/deliveries.py", "store/evidence.py", "store/incidents.py", "store/orders.py"),
            *("store/duplicates.py", "store/outbox.py", "store/queue.py", "store/rows.py", "store/asks.py"),
            *("store/equal_orders.py", "store/parts.py", "store/listed.py"),
            *("store/kept_answers.py", "store/losses.py", "store/refunded.py"),
        ),
        (
            *("store/test_store.py", "store/test_outbox.py", "store/test_incidents.py"),
            *("store/test_due_times.py", "store/test_pruned.py", "store/test_writers.py"),
            *("store/test_evidence.py", "store/test_parts.py", "store/test_asks.py", "store/test_listed.py"),
            *("store/test_equal_orders.py", "store/test_passed_over.py"),
        ),
    ),
}
