from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tracker.config.faults import ConfigError
from tracker.config.kinds import Secret
from tracker.config.loader import find, load, parse
from tracker.config.panel_settings import PanelConfig
from tracker.config.settings import Config, Schedule
from tracker.lib.times import HOUR, MINUTE, SECOND
from tracker.orders.order import State
from tracker.panel.dialects.built_in import named

SMALLEST = """
panels:
  shop:
    url: https://shop.example/api/v2
    key: ${KEY}
"""
ENVIRON = {"KEY": "s3cret"}


def read(text: str, environ: dict[str, str] | None = None, folder: str = "/srv/tracker") -> Config:
    return parse(text, Path(folder) / "config.yaml", ENVIRON if environ is None else environ)


def panel(more: str) -> PanelConfig:
    return read(SMALLEST + "".join(f"    {line}\n" for line in more.splitlines())).panels["shop"]


def test_only_a_panels_url_and_key_are_needed() -> None:
    config = read(SMALLEST)

    shop = config.panels["shop"]
    assert shop == PanelConfig(name="shop", url="https://shop.example/api/v2", key=Secret("s3cret"))
    assert (shop.ids_per_call, shop.calls_per_second, shop.connections) == (100, 5.0, 4)
    assert (shop.timeout, shop.add_timeout, shop.same_link) == (30 * SECOND, 120 * SECOND, "wait")
    assert (shop.balance.low, shop.balance.every) == (None, 5 * MINUTE)
    assert config.schedule == Schedule(5 * SECOND, 60 * SECOND, 30 * MINUTE, 6 * HOUR)
    assert (config.alerts, config.warnings) == ((), ())


def test_a_part_without_values_keeps_its_defaults() -> None:
    assert read(SMALLEST + "schedule:\nalerts: ~\nlog: null\n") == read(SMALLEST)


def test_texts_are_kept_as_they_are_written() -> None:
    text = """
panels:
  no:
    url: https://shop.example/api
    key: 0123
    balance: {low: 0.10}
  1.30:
    url: https://other.example/api
    key: yes
alerts:
  - {name: off, url: 1e3}
"""
    config = read(text)

    assert [one.key.reveal() for one in config.panels.values()] == ["0123", "yes"]
    assert config.alerts[0].name == "off"
    assert config.alerts[0].url == Secret("1e3")
    assert str(config.panels["no"].balance.low) == "0.10"


def test_a_name_with_a_colon_is_refused() -> None:
    with pytest.raises(ConfigError, match="a name has 1 to 64 letters"):
        read(SMALLEST.replace("shop:", '"1:30":', 1))


def test_json_is_read_too() -> None:
    text = """{
\t"panels": {
\t\t"shop": {"url": "https:\\/\\/shop.example/api", "key": "caf\\u00e9 😀", "connections": 2,
\t\t         "balance": {"low": 1.50, "every": null}}
\t},
\t"unknown": {"probe": false, "resend_max": "12.5"}
}"""
    config = read(text)

    shop = config.panels["shop"]
    assert (shop.url, shop.key.reveal(), shop.connections) == ("https://shop.example/api", "café 😀", 2)
    assert shop.balance.low == Decimal("1.50")
    assert config.unknown.resend_max == Decimal("12.5")


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("\ufeff" + SMALLEST)

    assert "shop" in load(file, ENVIRON).panels


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("timeout: 0.5s", "timeout", SECOND // 2),
        ("add_timeout: 2m", "add_timeout", 2 * MINUTE),
        ("calls_per_second: 0.25", "calls_per_second", 0.25),
        ("connections: '8'", "connections", 8),
        ("connections: ${COUNT}", "connections", 12),
        ("same_link: allow", "same_link", "allow"),
        ("url: http://127.0.0.1:8080/api/v1/", "url", "http://127.0.0.1:8080/api/v1/"),
    ],
)
def test_values_are_read_by_the_type_of_their_key(line: str, field: str, value: object) -> None:
    text = "\n".join(SMALLEST.splitlines()[:3]) + f"\n    key: k\n    {line}\n"
    if field != "url":
        text += "    url: https://shop.example/api\n"

    assert getattr(read(text, {"COUNT": "12"}).panels["shop"], field) == value


def test_a_dialect_can_be_a_base_and_what_differs() -> None:
    more = """dialect:
  base: perfectpanel
  price_unit: 1
  ids_per_call: 40
  action_in_query: true
  fields: {price: price}
  words: {completed: [no, 007]}"""
    shop = panel(more)

    assert shop.dialect.price_unit == 1
    assert shop.dialect.action_in_query is True
    assert shop.dialect.fields.price == "price"
    assert (shop.dialect.words["no"], shop.dialect.words["007"]) == (State.COMPLETED, State.COMPLETED)
    assert shop.ids_per_call == 40


def test_a_panel_whose_ids_do_not_grow_gets_a_warning_where_ids_near_a_lost_one_are_to_be_asked_about() -> (
    None
):
    text = SMALLEST + "    dialect: {base: tagrani, ids_grow: false}\n"
    config = read(text + "unknown: {probe: true}\n")

    assert [shop.dialect.ids_grow for shop in config.panels.values()] == [False]
    assert len(config.warnings) == 1
    assert "`probe` has no effect here" in config.warnings[0]
    assert read(text).warnings == ()
    assert read(SMALLEST + "unknown: {probe: true}\n").warnings == ()


def test_ids_per_call_of_the_panel_wins_over_the_dialects() -> None:
    assert panel("dialect: perfectpanel\nids_per_call: 7").ids_per_call == 7
    assert panel("dialect: perfectpanel").ids_per_call == named("perfectpanel").ids_per_call
    assert panel("dialect: {base: tagrani, multi_status: false}").ids_per_call == 1


@pytest.mark.parametrize(
    ("text", "environ", "url"),
    [
        ("", {}, "sqlite:////srv/tracker/tracker.db"),
        ("database: sqlite:///orders.db", {}, "sqlite:////srv/tracker/orders.db"),
        ("database: sqlite:////data/o.db", {}, "sqlite:////data/o.db"),
        (
            "database: sqlite:///o.db",
            {"STATE_DIRECTORY": "/var/lib/tracker"},
            "sqlite:////var/lib/tracker/o.db",
        ),
        ("database: sqlite:////data/o.db", {"STATE_DIRECTORY": "/var/lib/tracker"}, "sqlite:////data/o.db"),
        ("database: sqlite:///~/o.db", {"HOME": "/home/me"}, "sqlite:////home/me/o.db"),
        ("database: sqlite:///${NAME}.db", {"NAME": "x"}, "sqlite:////srv/tracker/x.db"),
    ],
)
def test_the_databases_path_becomes_absolute(text: str, environ: dict[str, str], url: str) -> None:
    assert read(SMALLEST + text, {**ENVIRON, **environ}).database == url


def test_a_named_config_is_taken_even_if_it_does_not_exist(tmp_path: Path) -> None:
    missing = tmp_path / "no.yaml"

    assert find(missing, {"TRACKER_CONFIG": "/else.yaml"}) == missing
    assert find(None, {"TRACKER_CONFIG": "/else.yaml"}) == Path("/else.yaml")
    with pytest.raises(ConfigError, match=r"no\.yaml: cannot be read: No such file.*tracker init"):
        load(missing, {})


def test_the_working_folder_comes_before_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, own = tmp_path / "here", tmp_path / "home" / ".config" / "tracker"
    here.mkdir()
    own.mkdir(parents=True)
    (own / "config.yaml").touch()
    monkeypatch.chdir(here)

    assert find(None, {"HOME": str(tmp_path / "home")}) == own / "config.yaml"
    assert find(None, {"HOME": "/nowhere", "XDG_CONFIG_HOME": str(own.parent)}) == own / "config.yaml"
    (here / "config.yaml").touch()
    assert find(None, {"HOME": str(tmp_path / "home")}) == Path("config.yaml")


def test_without_any_config_every_place_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ConfigError) as caught:
        find(None, {"HOME": "/home/me"})
    message = str(caught.value)
    for place in (
        "config.yaml",
        "/home/me/.config/tracker/config.yaml",
        "/etc/tracker/config.yaml",
        "tracker init",
    ):
        assert place in message


def test_the_values_cannot_be_changed() -> None:
    config = read(SMALLEST)

    with pytest.raises(AttributeError):
        config.schedule.poll = 1  # type: ignore[misc]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for a machine with the folders of two services."""
    monkeypatch.setattr("tracker.config.places.CONFIGS", tmp_path / "etc/tracker")
    monkeypatch.setattr("tracker.config.places.STATES", tmp_path / "var/tracker")
    for folder in ("etc/tracker/shop", "etc/trackers", "var/tracker/shop"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize(
    ("config", "database"),
    [
        ("etc/tracker/config.yaml", "var/tracker/tracker.db"),
        ("etc/tracker/shop/config.yaml", "var/tracker/shop/tracker.db"),
        ("etc/tracker/new/config.yaml", "etc/tracker/new/tracker.db"),
        ("etc/trackers/config.yaml", "etc/trackers/tracker.db"),
    ],
)
def test_a_command_by_hand_finds_the_database_of_a_services_config(
    machine: Path, config: str, database: str
) -> None:
    text = "panels: {p: {url: https://p.example, key: k}}\n"

    assert parse(text, machine / config, {}).database == f"sqlite:///{machine / database}"
    with_systemd = parse(text, machine / config, {"STATE_DIRECTORY": "/var/lib/tracker"})
    assert with_systemd.database == "sqlite:////var/lib/tracker/tracker.db"


def test_a_database_beside_a_services_config_stays_in_use_until_the_service_has_one(machine: Path) -> None:
    etc, var = machine / "etc/tracker", machine / "var/tracker"
    (etc / "tracker.db").touch()
    text = "panels: {p: {url: https://p.example, key: k}}\n"

    assert parse(text, etc / "config.yaml", {}).database == f"sqlite:///{etc}/tracker.db"
    (var / "tracker.db").touch()
    assert parse(text, etc / "config.yaml", {}).database == f"sqlite:///{var}/tracker.db"


def test_a_folder_of_texts_is_found_by_the_service_and_by_hand(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    text = "panels: {p: {url: https://p.example, key: k}}\ntemplates: texts\n"

    for environ in ({}, {"STATE_DIRECTORY": "/nowhere"}):
        assert parse(text, tmp_path / "config.yaml", environ).templates == tmp_path / "texts"


def test_the_priority_of_a_recurring_order_may_be_below_zero() -> None:
    rule = "recurring: {x: {every: 1d, service: 1, link: https://a.example/, priority: %s}}\n"

    assert [read(SMALLEST + rule % given).recurring["x"].priority for given in (-100, -1, 0, 100)] == [
        -100,
        -1,
        0,
        100,
    ]
    for wrong in ("-101", "-0", "--1", "101"):
        with pytest.raises(ConfigError, match="from -100 to 100"):
            read(SMALLEST + rule % wrong)
