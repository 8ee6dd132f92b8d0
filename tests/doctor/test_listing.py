"""The default label in what a remote lists."""

import pytest

from configserver.doctor.listing import Listing, examine_label, listing_of, nearest
from configserver.doctor.report import StepFailed

SETTING = "spring.cloud.config.server.git.default-label"


def test_names_are_sorted_into_branches_and_tags() -> None:
    listing = listing_of(
        ["HEAD", "refs/heads/main", "refs/tags/v1", "refs/tags/v1^{}", "refs/pull/1/head"],
        {"HEAD": "refs/heads/main"},
    )
    assert listing == Listing(("main",), ("v1",), "main")
    assert listing.finding().text == "1 branch, 1 tag, its own default is 'main'"


def test_an_empty_repository_says_so() -> None:
    assert Listing((), ()).finding().text == "no branches and no tags: the repository is empty"


@pytest.mark.parametrize(
    ("listing", "label", "text"),
    [
        (Listing(("main",), ()), "main", "'main' is a branch"),
        (Listing(("main",), ("v1",)), "v1", "'v1' is a tag"),
        (Listing(("main",), ("v1",)), "refs/tags/v1", "'refs/tags/v1' is a tag"),
        (Listing(("main",), ()), "heads/main", "'heads/main' is a branch"),
        (
            Listing(("main",), ()),
            "0a1b2c3d",
            "'0a1b2c3d' is neither branch nor tag, maybe a commit",
        ),
        (Listing(("master",), ()), "main", "'main' is not there, 'master' stands in for it"),
    ],
)
def test_a_label_that_is_there(listing: Listing, label: str, text: str) -> None:
    assert examine_label(listing, label, setting=SETTING, try_master=True).text == text


@pytest.mark.parametrize(
    ("listing", "try_master", "setting", "why", "do"),
    [
        (
            Listing(("trunk", "mian"), (), "trunk"),
            True,
            SETTING,
            "the repository has 'mian', 'trunk'",
            f"set {SETTING} to trunk, if that is meant",
        ),
        (Listing(("mian", "x"), ()), True, None, "the repository has 'mian', 'x'", "ask for mian"),
        (Listing(("master",), ()), False, None, "the repository has 'master'", "ask for master"),
        (Listing((), ()), True, SETTING, "the repository is empty", "push a first commit"),
    ],
)
def test_a_label_that_is_not_there(
    listing: Listing, try_master: bool, setting: str | None, why: str, do: str
) -> None:
    with pytest.raises(StepFailed) as caught:
        examine_label(listing, "main", setting=setting, try_master=try_master)
    assert (caught.value.text, caught.value.why, caught.value.do) == (
        "'main' is not there",
        why,
        do,
    )


def test_the_most_similar_names_come_first() -> None:
    listing = Listing(("develop", "releases/1", "release/1", "x"), ("release-1",))
    assert nearest("release/1x", listing)[:2] == ("release/1", "releases/1")


def test_of_many_names_a_few_are_shown() -> None:
    listing = Listing(tuple(f"b{number}" for number in range(20)), ())
    with pytest.raises(StepFailed) as caught:
        examine_label(listing, "main", setting=None, try_master=True)
    assert caught.value.why.endswith("and 15 more")
