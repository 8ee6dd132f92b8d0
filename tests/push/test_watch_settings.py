"""From `configserver.watch.*` to how watchers are treated."""

import asyncio

import pytest

from configserver.app.push.watch import RESERVE, _limited, open_watch, watch_options
from configserver.errors import SettingsError
from configserver.settings import Settings
from configserver.settings.bind import bind
from configserver.settings.collect import Entry
from configserver.settings.watch import WatchSettings


def watch(name: str, text: str) -> WatchSettings:
    return bind([[Entry(f"configserver.watch.{name}", text, "f.yml", 1)]]).settings.watch


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15", 15.0), (" 1.5 ", 1.5), ("2500ms", 2.5), ("30 s", 30.0), ("5M", 300.0), ("1h", 3600.0)],
)
def test_times(text: str, seconds: float) -> None:
    assert watch("heartbeat", text).heartbeat == seconds


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("heartbeat", "soon", "should be a time such as"),
        ("heartbeat", "0", "at least 1 seconds"),
        ("heartbeat", "-1", "should be a time such as"),
        ("jitter", "1d", "should be a time such as"),
        ("limit", "0", "greater than or equal to 1"),
        ("buffer", "big", "should be a size"),
    ],
)
def test_what_is_refused(name: str, text: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        watch(name, text)


@pytest.mark.parametrize(
    ("limit", "files", "expected"),
    [
        (20_000, 1_000_000, 20_000),
        (20_000, 20_000, 20_000 - RESERVE),
        (100, 20_000, 100),
        (20_000, 256, 128),
    ],
)
def test_watchers_leave_files_to_readers(limit: int, files: int, expected: int) -> None:
    assert _limited(limit, files) == expected


async def test_what_is_opened() -> None:
    """The list of those who watch only if it is switched on; nothing at all if that is off."""
    for settings, addresses in (
        (WatchSettings(), 1),
        (WatchSettings(admin=True), 2),
        (WatchSettings(enabled=False), None),
    ):
        async with open_watch(Settings(watch=settings)) as opened:
            assert (opened and len(opened.extensions)) == addresses
            await asyncio.sleep(0)


def test_settings_reach_the_options() -> None:
    options = watch_options(Settings(watch=WatchSettings(limit=5, heartbeat=3.0, slow=9.0)))
    assert (options.limit, options.heartbeat, options.slow) == (5, 3.0, 9.0)
