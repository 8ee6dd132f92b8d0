"""How applications and profiles are found in a repository that nobody describes."""

from tests.real.discover import conditions, questions, stems


def test_names_of_configuration_files() -> None:
    paths = ["a.yml", "b/a-dev.properties", "README.md", "a.yaml", "c.json", "d.xml"]
    assert stems(paths) == ("a", "a-dev", "d")


def test_profiles_named_in_conditions() -> None:
    content = (
        b"spring:\n  config:\n    activate:\n      on-profile: docker & !eu\n---\n"
        b"spring.config.activate.on-profile=mysql\n"
    )
    assert conditions(content) == ("docker", "eu", "mysql")


def test_every_application_with_every_profile() -> None:
    found = questions(["shop.yml", "shop-dev.yml", "application-eu.yml"], [b"on-profile: docker"])
    expected = {("shop", "default"), ("shop", "dev"), ("shop", "docker"), ("shop", "eu")}
    assert expected <= set(found)
    assert ("application", "eu") in found
