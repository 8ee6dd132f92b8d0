"""Which files of keys are open to whom."""

import os
from pathlib import Path

import pytest

from configserver.settings.modes import readers_of

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")


@pytest.mark.parametrize(
    ("mode", "who"),
    [
        (0o600, None),
        (0o400, None),
        (0o700, None),
        (0o000, None),
        (0o640, "its group"),
        (0o660, "its group"),
        (0o610, "its group"),
        (0o604, "everybody"),
        (0o602, "everybody"),
        (0o644, "everybody"),
        (0o444, "everybody"),
        (0o777, "everybody"),
    ],
    ids=lambda value: f"{value:04o}" if isinstance(value, int) else None,
)
@pytest.mark.parametrize("linked", [False, True])
def test_readers(tmp_path: Path, mode: int, who: str | None, linked: bool) -> None:
    """The mode is that of the file, also behind a link; as ssh takes it."""
    path = tmp_path / "key"
    path.touch()
    path.chmod(mode)
    if linked:
        path = tmp_path / "link"
        path.symlink_to("key")
    found = readers_of(path)
    if who is None:
        assert found is None
        return
    assert found is not None
    assert found.startswith(f"{path} is open to {who}")
    assert f"(mode {mode:04o})" in found


def test_the_group_of_a_file_of_another_may_be_our_way_to_it(tmp_path: Path) -> None:
    """A secret of Kubernetes belongs to root, and its group is ours."""
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    path = tmp_path / "key"
    path.touch()
    os.chown(path, 1234, 0)
    path.chmod(0o640)
    assert readers_of(path) is None
    path.chmod(0o644)
    assert readers_of(path) is not None


def test_what_is_no_file_has_no_readers(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o644)
    for name in ("pipe", "absent", "."):
        assert readers_of(tmp_path / name) is None
