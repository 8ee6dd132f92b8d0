"""What the documentation of webhooks shows works as it stands there."""

import asyncio
import json
import re
import subprocess
from pathlib import Path
from shutil import which

import pytest

from configserver.settings.load import load
from tests.push.webhooks.conftest import Start
from tests.push.webhooks.samples import SECRET
from tests.push.webhooks.sites import GUARDED

TEXT = (Path(__file__).parents[3] / "docs" / "push.md").read_text()
WEBHOOKS = TEXT.split("\n## Webhooks\n")[1].split("\n## ")[0]
YAML = re.findall(r"```yaml\n(.*?)```", WEBHOOKS, re.DOTALL)
SHELL = re.findall(r"```sh\n(.*?)```", WEBHOOKS, re.DOTALL)


@pytest.mark.parametrize("block", YAML, ids=range(len(YAML)))
def test_an_example_of_settings_is_understood(block: str, tmp_path: Path) -> None:
    file = tmp_path / "application.yml"
    file.write_text(block)
    made = load(environ={"HOME": str(tmp_path), "WEBHOOK_SECRET": "s"}, file=file)
    assert not made.warnings
    aliases = made.settings.webhooks.aliases
    assert made.settings.webhooks.secret or "git.example.com" in aliases


@pytest.mark.skipif(not (which("curl") and which("openssl")), reason="needs curl and openssl")
@pytest.mark.parametrize("script", SHELL[:2], ids=["token", "signature"])
async def test_an_example_of_a_call_is_taken(start: Start, script: str) -> None:
    site = await start(GUARDED)
    address = f"http://{site.client.host}:{site.client.port}"
    quiet = script.replace("https://config.example.com", address).replace("curl ", "curl -sS ")
    process = await asyncio.create_subprocess_exec(
        "sh",
        "-c",
        quiet,
        env={"PATH": "/usr/bin:/bin", "SECRET": SECRET},
        stdout=subprocess.PIPE,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 20)
    answers = [json.loads(found) for found in re.findall(rb"\[[^\]]*\]", output)]
    assert answers in ([["shop", "shop-dev"], ["*"]], [["shop"]])
    assert len(site.ear.heard) == len(answers)
