import pytest

from configserver.web.errors import MethodNotAllowed, NoSuchAddress, NotAcceptable
from configserver.web.negotiation import V2, parse_accept
from configserver.web.paths import parse_target
from configserver.web.routes import find_route


def route(target: str, accept: str = "", method: str = "GET", prefix: str = "") -> str:
    segments = (prefix,) if prefix else ()
    found = find_route(method, parse_target(target), parse_accept(accept), prefix=segments)
    return " ".join((found.kind.value, *(f"{k}={v}" for k, v in found.variables.items())))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/foo/dev", "environment name=foo profiles=dev"),
        ("/foo/dev/main", "environment name=foo profiles=dev label=main"),
        ("/foo/dev/v1.2.yml", "environment name=foo profiles=dev label=v1.2.yml"),
        ("/foo/dev,eu/a(_)b", "environment name=foo profiles=dev,eu label=a(_)b"),
        # what only looks like an extension
        ("/foo/dev-yml", "environment name=foo profiles=dev-yml"),
        ("/foo/dev.yml2", "environment name=foo profiles=dev.yml2"),
        ("/foo/dev.YML", "environment name=foo profiles=dev.YML"),
        ("/main/foo-dev.xml", "environment name=main profiles=foo-dev.xml"),
        ("/main/x-.yml", "environment name=main profiles=x-.yml"),
        ("/main/foo-dev!.yml", "environment name=main profiles=foo-dev!.yml"),
        ("/main/foo-dev;x=1.yml", "environment name=main profiles=foo-dev"),
        # flat: the last hyphen splits
        ("/foo-dev.yml", "flat name=foo profiles=dev suffix=yml"),
        ("/foo-.yml", "flat name=foo profiles= suffix=yml"),
        ("/main/foo-dev.yaml", "flat name=foo profiles=dev suffix=yaml label=main"),
        ("/main/a-b-c.json", "flat name=a-b profiles=c suffix=json label=main"),
        ("/main/-dev.yml", "flat name= profiles=dev suffix=yml label=main"),
        ("/main/foo-dev.yml.yml", "flat name=foo profiles=dev.yml suffix=yml label=main"),
        ("/main/foo%2Ddev%2Eyml", "flat name=foo profiles=dev suffix=yml label=main"),
        ("/a,b/c,d-e.properties", "flat name=c,d profiles=e suffix=properties label=a,b"),
        # plain files
        ("/foo/dev/main/a/b.txt", "text name=foo profiles=dev label=main path=a/b.txt"),
        ("/foo/dev/main/", "text name=foo profiles=dev label=main path="),
        ("/foo/dev/main//a/", "text name=foo profiles=dev label=main path=/a/"),
        ("/foo/dev/a.txt?useDefaultLabel", "text name=foo profiles=dev path=a.txt"),
        ("/foo/dev/a.txt?useDefaultLabel=no", "text name=foo profiles=dev path=a.txt"),
        ("/foo/dev?useDefaultLabel", "environment name=foo profiles=dev"),
        ("/foo/dev/d/f?useDefaultLabel", "text name=foo profiles=dev label=d path=f"),
        # literal segments first, and only these
        ("/encrypt/status", "encryption status"),
        ("/encrypt/foo", "environment name=encrypt profiles=foo"),
        ("/encrypt/foo/dev", "environment name=encrypt profiles=foo label=dev"),
        ("/key", "key"),
        ("/key/foo", "environment name=key profiles=foo"),
        ("/key/foo/dev", "key name=foo profiles=dev"),
        ("/key/foo/dev/x", "text name=key profiles=foo label=dev path=x"),
        ("/monitor/dev", "environment name=monitor profiles=dev"),
        ("/actuator", "actuator"),
        ("/actuator/info", "info"),
        ("/actuator/health", "health component="),
        ("/actuator/health/liveness", "health component=liveness"),
        ("/actuator/env", "environment name=actuator profiles=env"),
        ("/actuator/dev/main", "environment name=actuator profiles=dev label=main"),
    ],
)
def test_a_path_has_one_meaning(target: str, expected: str) -> None:
    assert route(target) == expected


@pytest.mark.parametrize(
    "target",
    [
        *("/", "/foo", "/foo.yml", "/foo/", "/foo/dev/?x", "//foo/dev", "/foo//main", "//dev/main"),
        *("/foo/dev.yml", "/foo/dev.properties.x", "/main/foo.yml", "/main/foo-dev.yml/"),
        *(
            "/foo/dev//main",
            "/;a/foo/dev/main",
            "//foo-dev.yml",
            "/favicon.ico",
            "/encrypt/status/",
        ),
    ],
)
def test_other_paths_mean_nothing(target: str) -> None:
    with pytest.raises(NoSuchAddress):
        route(target)


@pytest.mark.parametrize(
    ("target", "accept", "kind"),
    [
        ("/foo/dev/main", "text/plain", "text"),
        ("/foo/dev/main", "json", "text"),
        ("/foo/dev/main", "application/octet-stream", "bytes"),
        ("/foo/dev/main", "text/plain, application/json;q=0.1", "environment"),
        ("/main/x-.yml", "text/plain", "flat"),
        ("/main/x-y.yml", "json", "flat"),
        ("/a/b/c/d", "*/*", "text"),
        ("/a/b/c/d", "application/octet-stream;q=0.1, text/csv", "bytes"),
        ("/a/b/c/d", "application/*", "bytes"),
        ("/a/b/c?useDefaultLabel", "application/*", "bytes"),
    ],
)
def test_what_the_client_takes_decides_too(target: str, accept: str, kind: str) -> None:
    assert route(target, accept).partition(" ")[0] == kind


def test_two_segments_have_nothing_to_fall_back_to() -> None:
    with pytest.raises(NotAcceptable) as caught:
        route("/foo/dev", "text/plain")
    assert V2 in caught.value.types


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [
        ("POST", "/foo/dev", "GET"),
        ("TRACE", "/foo/dev/main/a.txt", "GET"),
        ("POST", "/encrypt/foo", "GET"),
        ("GET", "/encrypt", "POST"),
        ("HEAD", "/decrypt", "POST"),
        ("PUT", "/encrypt/foo/dev", "GET, POST"),
        ("POST", "/actuator/health", "GET"),
    ],
)
def test_other_methods_are_refused(method: str, target: str, allow: str) -> None:
    with pytest.raises(MethodNotAllowed) as caught:
        route(target, method=method)
    assert caught.value.allow == allow


@pytest.mark.parametrize(
    ("target", "allow"),
    [
        ("/foo/dev", "GET,HEAD,OPTIONS"),
        ("/foo/dev/a.txt?useDefaultLabel", "GET,HEAD,OPTIONS"),
        ("/decrypt", "POST,OPTIONS"),
        ("/encrypt/foo/dev", "GET,HEAD,POST,OPTIONS"),
    ],
)
def test_options_names_the_methods(target: str, allow: str) -> None:
    assert find_route("OPTIONS", parse_target(target), None).allow == allow


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/config/foo/dev", "environment name=foo profiles=dev"),
        ("/config;x/foo-dev.yml", "flat name=foo profiles=dev suffix=yml"),
        ("/config/config/foo/dev/x", "text name=config profiles=foo label=dev path=x"),
        ("/actuator/health", "health component="),
        ("/config/actuator/health", "environment name=actuator profiles=health"),
    ],
)
def test_a_prefix_moves_everything_but_the_actuator(target: str, expected: str) -> None:
    assert route(target, prefix="config") == expected


@pytest.mark.parametrize(
    "target", ["/foo/dev", "/config", "/config/foo", "/Config/a/b", "//config/a/b"]
)
def test_there_is_nothing_outside_of_a_prefix(target: str) -> None:
    with pytest.raises(NoSuchAddress):
        route(target, prefix="config")
