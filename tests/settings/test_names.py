"""How names are recognised: Spring's relaxed forms, and what is said about a name that is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.errors import SettingsError
from configserver.settings.bind import Bound, bind
from configserver.settings.catalogue import recognise
from configserver.settings.collect import Entry
from configserver.settings.environ import environment_entries
from configserver.settings.later import LATER
from configserver.settings.names import relaxed
from configserver.settings.schema import BY_NAME

GIT = "spring.cloud.config.server.git"
SERVER = "spring.cloud.config.server"


def bound(*pairs: tuple[str, str]) -> Bound:
    return bind([[Entry(name, text, "f.yml", line) for line, (name, text) in enumerate(pairs, 1)]])


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        (f"{GIT}.default-label", f"{GIT}.default-label"),
        (f"{GIT}.defaultLabel", f"{GIT}.default-label"),
        (f"{GIT}.default_label", f"{GIT}.default-label"),
        (f"{GIT}.DEFAULTLABEL", f"{GIT}.default-label"),
        ("Spring.Cloud.Config.Server.Git.Uri", f"{GIT}.uri"),
        ("spring.cloud.config.server.gituri", None),
        ("server.port[0]", None),
        ("server.port.x", None),
        ("spring.main.banner-mode", None),
        ("port", None),
        ("", None),
        (".", None),
        ("[0]", None),
    ],
)
def test_relaxed_name(name: str, meant: str | None) -> None:
    match = recognise(name)
    assert (match.known.name if match else None) == meant


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (f"{SERVER}.overrides.foo", "foo"),
        (f"{SERVER}.overrides.mixed-Case_key", "mixed-Case_key"),
        (f"{SERVER}.overrides.spring.cloud.config.enabled", "spring.cloud.config.enabled"),
        (f"{SERVER}.OVERRIDES.Foo.Bar", "Foo.Bar"),
        (f"{SERVER}.overrides[a/b].c", "a/b.c"),
        (f"{SERVER}.overrides.[x.y]", "x.y"),
        (f"{SERVER}.overrides.list[0]", "list.0"),
        (f"{SERVER}.overrides.maps[0].k", "maps.0.k"),
        (f"{SERVER}.overrides.a/b c.ü", "abc"),
        (f"{SERVER}.overrides.dot..dot.", "dot.dot"),
    ],
)
def test_key_of_a_map_as_spring_binds_it(name: str, key: str) -> None:
    match = recognise(name)
    assert match is not None
    assert (match.known.name, match.key) == (f"{SERVER}.overrides", key)


def test_item_of_a_list() -> None:
    match = recognise(f"{GIT}.searchPaths[12]")
    assert match is not None
    assert (match.known.name, match.item) == (f"{GIT}.search-paths", 12)


SIMPLE = [name for name in BY_NAME if not name.endswith("overrides")]


@pytest.mark.parametrize("name", SIMPLE)
def test_environment_variable_of_every_setting(name: str) -> None:
    name = name.replace("<name>", "shop").replace("[n]", "[3]")
    forms = (
        name.replace(".", "_").replace("-", "_").replace("[3]", "_3").upper(),
        name.replace(".", "_").replace("-", "").replace("[3]", "_3").upper(),
    )
    for variable in forms:
        assert [entry.name for entry in environment_entries({variable: "x"})] == [name]


@pytest.mark.parametrize(
    ("variable", "text", "names"),
    [
        ("SPRING_CLOUD_CONFIG_SERVER_GIT_URI", "u", [f"{GIT}.uri"]),
        ("SPRING_CLOUD_CONFIG_SERVER_GIT_SEARCHPATHS_1_", "u", [f"{GIT}.search-paths[1]"]),
        ("SPRING_CLOUD_CONFIG_SERVER_GIT_SEARCH_PATHS_0", "u", [f"{GIT}.search-paths[0]"]),
        ("SPRING_CLOUD_CONFIG_SERVER_OVERRIDES_FOO_BAR", "u", [f"{SERVER}.overrides.foo.bar"]),
        ("SPRING_PROFILES_ACTIVE", "native", ["spring.profiles.active"]),
        ("PORT", "1", ["server.port"]),
        ("SERVER_PORT", "1", ["server.port"]),
        ("SERVER_PORT", "tcp://10.0.0.1:80", []),
        ("SERVER_PORT_0", "1", []),
        ("CONFIGSERVER_SERVICE_HOST", "10.0.0.1", []),
        ("CONFIGSERVER_PORT", "tcp://10.0.0.1:80", []),
        ("CONFIGSERVER_PORT_8888_TCP_ADDR", "10.0.0.1", []),
        ("CONFIGSERVER_ACCES_LOG", "true", ["configserver.acces.log"]),
        ("ENCRYPT_KEY", "k", ["encrypt.key"]),
        ("ENCRYPT_KEY_STORE_PASSWORD", "k", ["encrypt.key-store.password"]),
        ("spring.cloud.config.server.git.uri", "u", ["spring.cloud.config.server.git.uri"]),
        ("java.home", "u", []),
        ("PATH", "/bin", []),
        ("SERVER_SOFTWARE", "x", []),
    ],
)
def test_environment_variable(variable: str, text: str, names: list[str]) -> None:
    assert [entry.name for entry in environment_entries({variable: text})] == names


def test_no_two_settings_share_a_variable() -> None:
    squeezed = [relaxed(name).replace(".", "") for name in BY_NAME]
    assert len(set(squeezed)) == len(squeezed)


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        (f"{GIT}.ur", f"f.yml:1: {GIT}.ur is not known, did you mean {GIT}.uri?"),
        (f"{GIT}.serach-paths", f"did you mean {GIT}.search-paths?"),
        ("server.prot", "did you mean server.port?"),
        ("configserver.acess-log", "did you mean configserver.access-log?"),
        ("encrypt.kee", "did you mean encrypt.key?"),
        (
            "configserver.zzzzzzzzzzzzzzzzzzzzzzzzz",
            "configserver.zzzzzzzzzzzzzzzzzzzzzzzzz is not known",
        ),
        (
            f"{GIT}.repos.one.ur",
            f"f.yml:1: {GIT}.repos.one.ur is not known, did you mean {GIT}.repos.one.uri?",
        ),
        (
            f"{GIT}.repos.a.repos.b.uri",
            f"{GIT}.repos.a.repos.b.uri is not known, did you mean {GIT}.repos.a.uri?",
        ),
        ("configserver.composite[3].tokn", "did you mean configserver.composite[3].token?"),
        ("configserver.git.repos.a.fall-through", "fall-through is not known"),
        ("configserver.git.repos.a", "configserver.git.repos.a is not known"),
        ("server.shutdown", "f.yml:1: server.shutdown is not supported yet and has no effect"),
        ("server.ssl.key-store", "server.ssl.* is not supported yet and has no effect"),
        (f"{GIT}.clone-submodules", f"{GIT}.clone-submodules has no effect: submodules"),
        (
            f"{SERVER}.composite[0].type",
            f"{SERVER}.composite has no effect unless spring.profiles.active names composite",
        ),
    ],
)
def test_warning_for_a_name_without_effect(name: str, warning: str) -> None:
    (only,) = bound((name, "1")).warnings
    assert warning in only
    assert only.endswith(warning) or "?" not in warning


@pytest.mark.parametrize(
    "name",
    ["spring.main.banner-mode", "logging.level.root", "management.x", "eureka.a", "servers.x"],
)
def test_other_namespaces_are_passed_over(name: str) -> None:
    assert bound((name, "1")).warnings == ()


def test_one_warning_for_a_tree_of_names() -> None:
    pairs = [(f"{SERVER}.vault.{name}", "u") for name in "abc"]
    assert len(bound(*pairs).warnings) == 1


@pytest.mark.parametrize("name", LATER)
def test_names_for_later_are_no_settings(name: str) -> None:
    assert recognise(name) is None


@given(st.text())
def test_any_name_is_harmless(name: str) -> None:
    recognise(name)
    bound((name, "")).settings  # noqa: B018 - the property may raise


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789."), st.text())
def test_any_variable_is_harmless(variable: str, text: str) -> None:
    environment_entries({f"SPRING_CLOUD_CONFIG_SERVER_{variable}": text})


WORDS = st.sampled_from(
    [
        *("spring", "cloud", "config", "server", "git", "repos", "composite", "native", "uri"),
        *("type", "configserver", "overrides", "proxy", "http", "port", "pattern", "a", "<name>"),
        *("[0]", "[1]", "[n]", "[x.y]", "", "-", "[999999999]", "[]", "[ü]"),
    ]
)
BEGINNINGS = st.sampled_from(["", f"{GIT}.repos.", f"{SERVER}.composite[0].", "configserver.git."])


@given(BEGINNINGS, st.lists(WORDS), st.sampled_from(["", "git", "1", "{x}"]))
def test_any_name_made_of_ours_is_bound_or_refused(start: str, words: list[str], text: str) -> None:
    name = start + ".".join(words)
    for active in ("", "composite"):
        try:
            bound((name, text), ("spring.profiles.active", active))
        except SettingsError as error:
            assert str(error).startswith("f.yml:")  # noqa: PT017 - not every name is refused
