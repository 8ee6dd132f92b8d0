# ruff: noqa: T201 - its output is what the test reads
"""Print, as JSON, what PyPI's config-client gets from the server: ADDRESS NAME PROFILES LABEL.

Runs in a virtual environment of its own, which holds that client.
"""

import json
import sys

from config.spring import ConfigClient  # type: ignore[import-not-found]  # not in this venv

_, address, name, profiles, label = sys.argv
client = ConfigClient(address=address, app_name=name, profile=profiles, label=label)
client.get_config()
print(json.dumps({"seen": client.config, "file": client.get_file("motd.txt")}))
