"""What the documentation of Spring Cloud Bus shows can be set as it stands there."""

import re
from pathlib import Path

import pytest

from configserver.settings.load import load

TEXT = (Path(__file__).parents[3] / "docs" / "push.md").read_text()
SECTION = TEXT.partition("## Spring Cloud Bus\n")[2].partition("\n## ")[0]
BLOCKS = re.findall(r"```yaml\n(.*?)```", SECTION, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_an_example_is_understood(block: str, tmp_path: Path) -> None:
    file = tmp_path / "application.yml"
    file.write_text(block)
    environ = {"HOME": str(tmp_path), "RABBITMQ_PASSWORD": "p", "KAFKA_PASSWORD": "p"}
    found = load(environ=environ, file=file)
    assert not found.warnings
    written = {row.name for row in found.effective if str(file) in row.origin}
    assert written, "a name that is not known is passed over in silence outside of our namespaces"
