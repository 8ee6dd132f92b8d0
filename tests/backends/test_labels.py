"""Labels: what they name, and what is an error of which kind."""

from collections.abc import Iterable

import pytest

from configserver.backends.git.labels import resolve
from configserver.backends.git.refs import Refs
from configserver.errors import BackendFailure, NoSuchLabel

MAIN = "10" * 20
TOPIC = "20" * 20
TAGGED = "30" * 20
TAG_OBJECT = "31" * 20
BOTH_TAG = "40" * 20
BOTH_BRANCH = "41" * 20
TREE = "ee" * 20
TWIN_A = "abcd" + "0" * 36
TWIN_B = "abcd" + "1" * 36
UNREFERENCED = "5f" * 20
ALL_COMMITS = (MAIN, TOPIC, TAGGED, BOTH_TAG, BOTH_BRANCH, TWIN_A, TWIN_B, UNREFERENCED)


class FakeObjects:
    id_digits = 40

    def commit_of(self, object_id: str) -> str | None:
        if object_id == TAG_OBJECT:
            return TAGGED
        return object_id if object_id in ALL_COMMITS else None

    def ids_with(self, prefix: str) -> Iterable[str]:
        return [found for found in (*ALL_COMMITS, TREE, TAG_OBJECT) if found.startswith(prefix)]


IDS = {
    "HEAD": MAIN,
    "refs/heads/main": MAIN,
    "refs/heads/feature/one": TOPIC,
    "refs/heads/rel-1.2.x@a+b": TOPIC,
    "refs/heads/lab-ä日": TOPIC,
    "refs/heads/20": MAIN,
    "refs/tags/v1": TAGGED,
    "refs/tags/v2": TAG_OBJECT,
    "refs/tags/release/v3": TAG_OBJECT,
    "refs/tags/tree": TREE,
    "refs/heads/both": BOTH_BRANCH,
    "refs/tags/both": BOTH_TAG,
    "refs/remotes/origin/far": TOPIC,
}


@pytest.mark.parametrize(
    ("label", "commit"),
    [
        ("main", MAIN),
        ("HEAD", MAIN),
        ("feature/one", TOPIC),
        ("rel-1.2.x@a+b", TOPIC),
        ("lab-ä日", TOPIC),
        ("heads/main", MAIN),
        ("refs/heads/main", MAIN),
        ("v1", TAGGED),
        ("v2", TAGGED),
        ("release/v3", TAGGED),
        ("tags/v2", TAGGED),
        ("refs/tags/v2", TAGGED),
        ("far", TOPIC),
        ("origin/far", TOPIC),
        ("refs/remotes/origin/far", TOPIC),
        (UNREFERENCED, UNREFERENCED),
        (UNREFERENCED.upper(), UNREFERENCED),
        (UNREFERENCED[:39], UNREFERENCED),
        ("5f", UNREFERENCED),
        ("5F5", UNREFERENCED),
        ("20", MAIN),
        ("202", TOPIC),
        ("31", TAGGED),
        ("v1-3-g5f5f", UNREFERENCED),
        ("abcd0", TWIN_A),
    ],
)
def test_a_label_names_a_commit(label: str, commit: str) -> None:
    assert resolve(label, Refs(IDS), FakeObjects()) == commit


@pytest.mark.parametrize(
    "label",
    [
        *(
            "",
            " ",
            "main ",
            " main",
            "-",
            "--help",
            "*",
            "?",
            "~",
            "^",
            ":",
            "[",
            "\\",
            "@",
            "@{1}",
        ),
        *(
            "main~1",
            "main^",
            "v1^{commit}",
            "main:foo.yml",
            "a..b",
            "main.lock",
            "x.lock/y",
            "main.",
        ),
        *("/", "/main", "main/", "feature//one", ".hidden", "a/.b", "\n", "\t", "\x7f"),
        *("MAIN", "mai", "feature", "one", "heads/v1", "tags/main", "nope", "5", "7777", "abcdefg"),
        *(UNREFERENCED + "0", "ab" * 32, "x-g5f5", "${x}", "{application}", "'", "`id`", "main,v1"),
    ],
)
def test_what_names_nothing_is_not_found(label: str) -> None:
    with pytest.raises(NoSuchLabel):
        resolve(label, Refs(IDS), FakeObjects())


@pytest.mark.parametrize(
    "label", ["0" * 40, "f" * 40, TREE, TREE[:8], "abcd", "tree", "refs/tags/tree"]
)
def test_an_id_that_is_ambiguous_or_of_no_known_commit_is_a_failure(label: str) -> None:
    with pytest.raises(BackendFailure):
        resolve(label, Refs(IDS), FakeObjects())


@pytest.mark.parametrize(("branches_first", "commit"), [(False, BOTH_TAG), (True, BOTH_BRANCH)])
def test_a_branch_and_a_tag_of_one_name(branches_first: bool, commit: str) -> None:
    refs = Refs(IDS, branches_first=branches_first)
    assert resolve("both", refs, FakeObjects()) == commit
    assert resolve("heads/both", refs, FakeObjects()) == BOTH_BRANCH
    assert resolve("tags/both", refs, FakeObjects()) == BOTH_TAG
