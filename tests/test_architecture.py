"""The architecture, held: which package may import which, what is pure, how large a file may be."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "configserver"
MODULES = sorted(PACKAGE.rglob("*.py"))

MAY_IMPORT = {
    "errors": set(),
    "secret": set(),
    "model": {"errors"},
    "query": {"errors"},
    "snapshot": {"errors", "model"},
    "javatext": {"errors", "model"},
    "logs": {"errors", "model", "secret"},
    "settings": {"errors", "model", "formats", "javatext", "secret"},
    "formats": {"javatext", "snapshot", "model", "errors"},
    "sops": {"formats", "errors"},
    "environment": {"formats", "javatext", "snapshot", "query", "model", "errors"},
    "render": {"environment", "formats", "javatext", "model", "errors"},
    "backends": {
        *("environment", "formats", "snapshot", "query", "model", "errors", "logs", "secret"),
    },
    "encryption": {"errors", "model", "secret"},
    "kms": {"secret"},
    "secrets": {
        "sops",
        "encryption",
        "environment",
        "formats",
        "javatext",
        "model",
        "errors",
        "secret",
    },
    "decryption": {
        *("encryption", "backends", "environment", "query", "model", "errors", "logs"),
    },
    "service": {"decryption", "backends", "environment", "query", "model", "errors"},
    "push": {"backends", "environment", "query", "model", "errors", "logs", "secret"},
    "web": {
        "push",
        "encryption",
        "service",
        "backends",
        "environment",
        "render",
        "query",
        "model",
        "errors",
        "logs",
    },
    "app": {
        *(
            "web",
            "push",
            "service",
            "decryption",
            "encryption",
            "kms",
            "backends",
            "environment",
            "formats",
            "settings",
            "render",
            "sops",
        ),
        *("snapshot", "query", "model", "errors", "logs", "secret"),
    },
    "doctor": {
        *(
            "encryption",
            "settings",
            "backends",
            "environment",
            "formats",
            "snapshot",
            "query",
            "model",
            "errors",
        ),
        "secret",
    },
    "cli": {
        "app",
        "sops",
        "encryption",
        "kms",
        "secrets",
        "formats",
        "doctor",
        "environment",
        "render",
        "settings",
        "service",
        "query",
        "javatext",
        "model",
        "errors",
        "logs",
        "secret",
    },
    "__main__": {"cli"},
    "__init__": set(),
}
"""Each package or module of the top level, and what it may import besides itself."""

IMPURE = {
    *("asyncio", "aiohttp", "dulwich", "os", "pathlib", "socket", "subprocess", "time"),
    *("random", "logging", "threading", "watchfiles"),
}
PURE = (
    "errors",
    "secret",
    "model",
    "query",
    "snapshot",
    "javatext",
    "formats",
    "environment",
    "render",
    "encryption",
    "secrets",
    "sops",
)
NOT_PURE = {"formats/cache.py"}  # a shared cache needs a lock
PURE_BESIDES = {
    "backends/git/breaker.py",
    "backends/git/mirrors/doubts.py",
    "backends/git/labels.py",
    "backends/patterns.py",
    "backends/templates.py",
    "push/bus/addresses.py",
    "push/bus/destinations.py",
    "push/bus/events.py",
    "push/bus/leaders.py",
    "push/bus/matching.py",
    "push/bus/options.py",
    "push/bus/owed.py",
    "push/claims/keys.py",
    "push/claims/ledger.py",
    "push/claims/turns.py",
    "push/claims/words.py",
    "web/paths.py",
    "web/routes.py",
    "web/negotiation.py",
}
MAY_IMPORT_LATE = {
    "backends/git/transport/__init__.py",
    "backends/git/transport/credentials.py",
    "backends/git/transport/exchange.py",
}
"""A process that fetches imports what its remote needs, of HTTP, SSH, certificates and tokens."""
MAX_LINES = 250
MAX_FUNCTION_LINES = 40


def name_of(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


def home_of(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(module: Path) -> list[tuple[str, ast.stmt]]:
    tree = ast.parse(module.read_text())
    found: list[tuple[str, ast.stmt]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(module)}:{node.lineno}: relative import"
            found.append((node.module or "", node))
    return found


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_imports_point_one_way(module: Path) -> None:
    home = home_of(module)
    for name, node in imports_of(module):
        if not name.startswith("configserver."):
            continue
        target = name.split(".")[1]
        assert target == home or target in MAY_IMPORT[home], (
            f"{name_of(module)}:{node.lineno}: {home} may not import {target}"
        )


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_pure_modules_do_no_io(module: Path) -> None:
    name = name_of(module)
    if name in NOT_PURE or (home_of(module) not in PURE and name not in PURE_BESIDES):
        return
    impure = {name.split(".")[0] for name, _ in imports_of(module)} & IMPURE
    assert not impure, f"{name} imports {impure}"


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_imports_stand_at_the_top(module: Path) -> None:
    """Only the edge that starts things imports late: a server that needs less starts sooner."""
    if home_of(module) in {"app", "cli", "__main__"} or name_of(module) in MAY_IMPORT_LATE:
        return
    tree = ast.parse(module.read_text())
    top = {id(node) for node in tree.body}
    late = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in top
    ]
    assert not late, f"{name_of(module)}: imports inside of something at lines {late}"


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_files_and_functions_stay_small(module: Path) -> None:
    text = module.read_text()
    assert len(text.splitlines()) <= MAX_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            docstring = len((ast.get_docstring(node) or "").splitlines())
            assert lines - docstring <= MAX_FUNCTION_LINES, (
                f"{name_of(module)}:{node.lineno}: {node.name} has {lines} lines"
            )


def test_what_is_named_here_is_there() -> None:
    named = NOT_PURE | PURE_BESIDES | MAY_IMPORT_LATE
    assert named <= {name_of(module) for module in MODULES}


def test_every_module_is_known() -> None:
    assert {home_of(module) for module in MODULES} <= set(MAY_IMPORT)
