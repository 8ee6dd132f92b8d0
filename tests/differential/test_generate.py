"""Generated repositories are reproducible and reach every corner."""

from tests.differential.draw import FEATURES, Draw
from tests.differential.generate import repository


def test_the_same_seed_gives_the_same_repository() -> None:
    assert [repository(seed) for seed in range(50)] == [repository(seed) for seed in range(50)]


def test_other_seeds_give_other_repositories() -> None:
    assert len({str(repository(seed).files) for seed in range(200)}) == 200


def test_every_feature_comes_up() -> None:
    seen = {feature for seed in range(300) for feature in Draw.seeded(seed).features}
    assert seen == {*FEATURES, "broken"}


def test_everything_is_asked_in_all_five_forms() -> None:
    for seed in range(100):
        paths = [request.path.partition("?")[0] for request in repository(seed).requests]
        assert paths[0] == paths[1]
        assert [path.rpartition(".")[2] for path in paths[2:5]] in (
            ["yml", "json", "properties"],
            ["yaml", "json", "properties"],
        )


def test_files_hold_what_is_hard() -> None:
    content = b"".join(file for seed in range(500) for file in repository(seed).files.values())
    corners = (
        "&m0",
        "<<: *",
        "!!str",
        "on-profile",
        "#---",
        "${r${",
        "0x1F",
        "|2-",
        "\t",
        "\u2028",
    )
    assert [corner for corner in corners if corner.encode() not in content] == []
