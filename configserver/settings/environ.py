"""Environment variables → entries: `SPRING_CLOUD_CONFIG_SERVER_GIT_URI`, `SERVER_PORT`, `PORT`."""

import re
from collections.abc import Mapping
from typing import Final

from configserver.settings.catalogue import NAMESPACES, recognise
from configserver.settings.collect import Entry
from configserver.settings.later import LATER
from configserver.settings.schema import BY_NAME, Kind
from configserver.settings.variables import name_inside, squeezed

_INDEX: Final = re.compile(r"(.+?)_([0-9]{1,9})_?")

_KUBERNETES: Final = re.compile(r"CONFIGSERVER_(SERVICE_.*|PORT|PORT_.*)")
"""What Kubernetes sets in every container beside a service named `configserver`."""

_OTHERS: Final = {
    "PORT": "server.port",
    "SOPS_AGE_KEY": "configserver.sops.age-key",
    "SOPS_AGE_KEY_FILE": "configserver.sops.age-key-file",
}
"""Variables that platforms and sops know; our own names for the same outrank them."""

_OWNED: Final = ("SPRING_CLOUD_CONFIG_SERVER_", "CONFIGSERVER_")


def environment_entries(environ: Mapping[str, str]) -> list[Entry]:
    """Return what the variables set; those that are none of ours give nothing.

    As with Spring, dots become underscores and dashes may be left out, the index of a list is a
    number at the end, and a map's keys are in lower case. Names that others made up, such as
    `PORT`, stand below ours.
    """
    entries = []
    for variable, text in sorted(environ.items(), key=_strength):
        name = _OTHERS.get(variable) or _name(variable)
        linked = name == "server.port" and text.startswith("tcp://")  # Kubernetes, as above
        if name and not linked:
            entries.append(Entry(name, text, f"environment {variable}"))
    return entries


def _strength(item: tuple[str, str]) -> tuple[bool, str]:
    """Return what sorts a variable, the weakest first."""
    return item[0] not in _OTHERS, item[0]


def _name(variable: str) -> str | None:
    """Return the name that a variable stands for, None if it is none of ours."""
    if "." in variable:
        ours = recognise(variable) or variable.startswith(NAMESPACES)
        return variable if ours else None
    upper = variable.upper()
    if known := _BY_SQUEEZED.get(squeezed(upper)):
        return known
    if (indexed := _INDEX.fullmatch(upper)) and (known := _BY_SQUEEZED.get(squeezed(indexed[1]))):
        is_list = known in BY_NAME and BY_NAME[known].kind is Kind.LIST
        return f"{known}[{indexed[2]}]" if is_list else None
    if name := name_inside(upper):
        return name
    for prefix, known in _TREES.items():
        if upper.startswith(prefix):
            return f"{known}.{_dotted(upper.removeprefix(prefix))}"
    unknown = upper.startswith(_OWNED) and not _KUBERNETES.fullmatch(upper)
    return _dotted(upper) if unknown else None


def _dotted(variable: str) -> str:
    return variable.lower().replace("_", ".")


def _prefix(name: str) -> str:
    return re.sub(r"[.-]", "_", name).upper() + "_"


_BY_SQUEEZED: Final = {
    squeezed(name): name for name in (*BY_NAME, *LATER) if not name.endswith(".*")
}
_TREES: Final = {
    _prefix(name.removesuffix(".*")): name.removesuffix(".*")
    for name in (*(n for n in BY_NAME if BY_NAME[n].kind is Kind.MAP), *LATER)
    if name in BY_NAME or name.endswith(".*")
}
