"""What the documentation of Git repositories shows can be set as it stands there."""

import re
from pathlib import Path

import pytest

from configserver.settings.load import load
from tests.backends.ssh_cases import PASSPHRASE, private

TEXT = (Path(__file__).parents[2] / "docs" / "git.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
KEY = re.compile(r"    -----BEGIN OPENSSH PRIVATE KEY-----\n +…\n")


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_an_example_is_understood(block: str, tmp_path: Path) -> None:
    known_hosts = tmp_path / "known_hosts"
    known_hosts.touch()
    key = "".join(f"    {line}\n" for line in private(locked=True).splitlines())
    text = KEY.sub(key, block).replace("/etc/ssh/company_known_hosts", str(known_hosts))
    file = tmp_path / "application.yml"
    file.write_text(text.replace("NTE5AAAA…", "NTE5AAAA"))
    names = re.findall(r"\$\{(\w+)\}", block)
    environ = {"HOME": str(tmp_path), **dict.fromkeys(names, PASSPHRASE)}
    assert not load(environ=environ, file=file).warnings
