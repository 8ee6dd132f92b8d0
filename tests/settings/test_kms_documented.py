"""What the documentation of key management services shows can be set as it stands there."""

import re
from pathlib import Path

import pytest

from configserver.settings.load import load

TEXT = (Path(__file__).parents[2] / "docs" / "kms.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_an_example_is_understood(block: str, tmp_path: Path) -> None:
    file = tmp_path / "server.yml"
    file.write_text(block)
    assert not load(environ={"HOME": str(tmp_path)}, file=file).warnings
