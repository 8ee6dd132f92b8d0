"""Search paths and a sample, on files in memory."""

from collections.abc import Mapping

import pytest

from configserver.backends.layouts import git_layout
from configserver.doctor.content import examine_sample, examine_search_paths
from configserver.doctor.report import Finding, StepFailed
from configserver.doctor.targets import NativeTarget, Sample
from configserver.snapshot import DictSnapshot

FILES = {
    "application.yml": "a: 1\n",
    "shop-dev.yml": "b: 2\nc: 3\n",
    "shop.properties": "b=1\n",
    "shared/x.yml": "a: 1\n",
    "teams/shop/shop.yml": "d: 1\n",
}


def resolved(files: Mapping[str, str], *, keyless: bool = True, name: str = "shop") -> Finding:
    query = Sample(name, "dev").query()
    layout = git_layout("uri", "/x", search_paths=("teams/{application}",))
    target = NativeTarget(name="native", locations=(), keyless=keyless)
    return examine_sample(layout, query, DictSnapshot(files), target)


def test_the_sources_of_a_sample_come_in_order() -> None:
    found = resolved(FILES)
    assert found.text == "shop/dev: 4 property sources, the strongest first"
    assert found.details == (
        "shop-dev.yml (2 keys)",
        "teams/shop/shop.yml (1 key)",
        "shop.properties (1 key)",
        "application.yml (1 key)",
    )
    assert not found.warnings


def test_nothing_found_is_warned_of() -> None:
    found = resolved({"README": ""})
    assert found.text == "shop/dev: no property sources"
    assert "--application" in found.warnings[0].do


def test_a_broken_file_is_named_with_its_line() -> None:
    with pytest.raises(StepFailed) as caught:
        resolved({"application.yml": "a: 1\nb: [1\nc: 2\n"})
    assert caught.value.text.startswith("shop/dev: application.yml:3")
    assert caught.value.why
    assert caught.value.do


def test_ciphers_without_a_key_are_warned_of() -> None:
    files = {"application.yml": "a: '{cipher}AQ'\nb: 1\n"}
    (warning,) = resolved(files).warnings
    assert warning.why == "encrypted values that cannot be decrypted: a in application.yml"
    assert not resolved(files, keyless=False).warnings


@pytest.mark.parametrize(
    ("paths", "sample", "text", "missing"),
    [
        ((), Sample(), "the root only; none are configured", 0),
        (("shared", "teams/*"), Sample(), "/, shared/, teams/shop/", 0),
        (("nowhere", "shared"), Sample(), "/, shared/", 1),
        (("teams/{application}",), Sample("shop"), "/, teams/shop/", 0),
        (("teams/{application}",), Sample("other"), "/", 1),
        # Without an application in mind, a folder for each of them need not exist.
        (("teams/{application}",), Sample(), "/", 0),
        (("/",), Sample(), "/", 0),
    ],
)
def test_search_paths(paths: tuple[str, ...], sample: Sample, text: str, missing: int) -> None:
    found = examine_search_paths(paths, sample, "main", DictSnapshot(FILES))
    assert (found.text, len(found.warnings)) == (text, missing)


def test_a_missing_search_path_shows_what_there_is() -> None:
    found = examine_search_paths(["nowhere"], Sample(), "main", DictSnapshot(FILES))
    assert found.warnings[0].why == "the search path 'nowhere' leads to no folder"
    assert found.warnings[0].do.endswith("there are shared/, teams/")
