"""Folders that cannot be watched as a whole: edits are seen all the same."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from configserver.backends.bell import Bell, News
from configserver.backends.folders import fingerprint
from configserver.backends.native import NativeSource
from tests.backends.remotes import until

LIMIT = 30.0

PROGRAM = """
    import asyncio, json, sys
    from pathlib import Path
    from configserver.backends.bell import Bell
    from configserver.backends.native import NativeSource
    from configserver.logs import configure

    async def main(root):
        configure()
        rung, bell = asyncio.Event(), Bell()
        bell.listen = lambda news: rung.set()
        async with NativeSource([root], bell=bell) as source:
            await asyncio.sleep(0.5)
            for number in (1, 2):
                rung.clear()
                await asyncio.to_thread(Path(root, "deep", "foo.yml").write_text, f"a: {number}")
                async with asyncio.timeout(10):
                    await rung.wait()
            print(json.dumps({"kept": source.now() is not None}))

    asyncio.run(main(sys.argv[1]))
"""


def limited(setting: str, root: Path) -> tuple[list[dict[str, object]], dict[str, object]]:
    """Run the program where the system lets nobody watch; return what it logged and said."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("unshare is not installed")
    limit = f"echo 0 > /proc/sys/user/{setting}"
    if subprocess.run(
        [unshare, "-Ur", "sh", "-c", limit], check=False, capture_output=True
    ).returncode:
        pytest.skip("the system allows no namespaces of users")
    words = [unshare, "-Ur", "sh", "-c", f'{limit} && exec "$@"', "sh"]
    done = subprocess.run(
        [*words, sys.executable, "-c", textwrap.dedent(PROGRAM), str(root)],
        check=False,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stderr.splitlines()], json.loads(done.stdout)


@pytest.mark.parametrize(
    ("setting", "hint"),
    [
        ("max_inotify_watches", "fs.inotify.max_user_watches"),
        ("max_inotify_instances", "fs.inotify.max_user_instances"),
    ],
)
def test_where_the_system_lets_nobody_watch_folders_are_looked_at(
    setting: str, hint: str, tmp_path: Path
) -> None:
    """The log says so once, and what to raise; nothing is kept, so that nobody reads old files."""
    (tmp_path / "deep").mkdir()
    logged, said = limited(setting, tmp_path)
    assert said == {"kept": False}
    (warning,) = logged
    assert warning["event"] == "search locations cannot be watched"
    assert hint in str(warning["hint"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
@pytest.mark.usefixtures("no_blocking")
async def test_a_folder_that_may_not_be_read_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "lost+found").mkdir(mode=0)
    async with NativeSource([str(tmp_path)]):
        await until(lambda: bool(caplog.records))
    (tmp_path / "lost+found").chmod(0o700)
    (record,) = caplog.records
    assert "lost+found" in record.__dict__["fields"]["reason"]


@pytest.mark.usefixtures("no_blocking")
async def test_edits_are_told_of_while_another_folder_is_missing(tmp_path: Path) -> None:
    rung: list[News] = []
    bell = Bell()
    bell.listen = rung.append
    there, missing = tmp_path / "there", tmp_path / "missing"
    there.mkdir()
    async with NativeSource([str(there), str(missing)], bell=bell):
        await until(lambda: bool(rung))

        async def told(*, of: Callable[[], object]) -> None:
            await asyncio.sleep(0.3)  # for what is told of the step before
            rung.clear()
            await asyncio.to_thread(of)
            await until(lambda: bool(rung))

        await told(of=lambda: (there / "foo.yml").write_text("a: 1"))
        await told(of=lambda: (there / "foo.yml").write_text("a: 2"))
        await told(of=lambda: shutil.rmtree(there))
        await told(of=there.mkdir)
        await told(of=missing.mkdir)
        await told(of=lambda: (missing / "foo.yml").write_text("a: 1"))


def replaced(root: Path) -> None:
    """Put a file in the place of another with the same size and time, as an image's layers do."""
    status = (root / "foo.yml").stat()
    (root / "new").write_text("a: 2")
    os.utime(root / "new", ns=(status.st_atime_ns, status.st_mtime_ns))
    (root / "new").rename(root / "foo.yml")


def swapped(root: Path) -> None:
    (root / "..tmp").symlink_to("..v2")
    (root / "..tmp").rename(root / "..data")


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        (lambda _: None, False),
        (lambda root: (root / "foo.yml").read_text(), False),
        (lambda root: (root / ".git" / "HEAD").write_text("x"), False),
        (lambda root: (root / "foo.yml").write_text("a: 2"), True),
        (lambda root: (root / "foo.yml").chmod(0), True),
        (lambda root: (root / "foo.yml").rename(root / "bar.yml"), True),
        (lambda root: (root / "foo.yml").unlink(), True),
        (lambda root: (root / "..v1" / "new.yml").write_text(""), True),
        (shutil.rmtree, True),
        (replaced, True),
        (swapped, True),
    ],
)
def test_a_fingerprint_is_another_one_after_each_edit(
    change: Callable[[Path], object], differs: bool, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    for folder in ("..v1", "..v2", ".git"):
        (root / folder).mkdir(parents=True)
    (root / "..data").symlink_to("..v1")
    (root / "foo.yml").write_text("a: 1")
    before = fingerprint([str(root)])
    change(root)
    assert (fingerprint([str(root)]) != before) is differs
