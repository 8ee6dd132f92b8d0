"""Files of keys are read again when they have changed, and until they can be used."""

from pathlib import Path

import pytest

from configserver.app.keys.files import KeyFiles, stamp_of
from configserver.errors import SettingsError


async def test_what_could_not_be_used_is_tried_again_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that only another user may read looks no different once its rights are right."""
    path = tmp_path / "key"
    path.write_text("one")
    rights = iter([False, False, True])
    read: list[str] = []

    async def again() -> None:
        if not next(rights):
            raise SettingsError("the file cannot be read: Permission denied")
        read.append(path.read_text())

    files = KeyFiles([str(path)], stamp_of([str(path)]), read=again, logger="configserver.keys")
    path.write_text("another")
    for _ in range(6):
        await files.refresh()
    assert read == ["another"]
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "keys not read again, those that were read before go on"
    ]
