"""Who may be called back: clients choose neither networks nor hosts nor other paths."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from configserver.push.doors.callers import Rules, callback

RULES = Rules(
    networks=(ip_network("10.1.0.0/16"), ip_network("fd00::/8")),
    ports=(8081, 9000),
)
BEHIND_PROXIES = Rules(
    networks=(ip_network("10.1.0.0/16"),),
    proxies=(ip_network("10.9.0.0/24"), ip_network("127.0.0.0/8")),
)
HERE = "http://10.1.2.3:8080/actuator/refresh"
PORT, PATH, FORWARDED = "x-config-refresh-port", "x-config-refresh-path", "x-forwarded-for"


@pytest.mark.parametrize(
    ("remote", "headers", "expected"),
    [
        ("10.1.2.3", {}, HERE),
        ("::ffff:10.1.2.3", {}, HERE),
        ("fd00::5", {}, "http://[fd00::5]:8080/actuator/refresh"),
        ("10.1.2.3", {PORT: "9000"}, "http://10.1.2.3:9000/actuator/refresh"),
        ("10.1.2.3", {PORT: "8080"}, HERE),
        ("10.1.2.3", {PATH: "/manage/refresh"}, "http://10.1.2.3:8080/manage/refresh"),
        ("10.1.2.3", {PATH: "/refresh"}, "http://10.1.2.3:8080/refresh"),
        # other networks
        ("10.2.2.3", {}, None),
        ("127.0.0.1", {}, None),
        ("169.254.169.254", {}, None),
        ("::1", {}, None),
        ("::ffff:169.254.169.254", {}, None),
        ("fe80::1%eth0", {}, None),
        ("fd00::5%1", {}, None),
        ("fd00::5%@127.0.0.1:80/", {}, None),
        ("0.0.0.0", {}, None),
        # no address
        (None, {}, None),
        ("", {}, None),
        ("example.org", {}, None),
        ("0x0a010203", {}, None),
        ("10.1.2.3:80", {}, None),
        ("010.001.002.003", {}, None),
        # other ports
        ("10.1.2.3", {PORT: "22"}, None),
        ("10.1.2.3", {PORT: "6379"}, None),
        ("10.1.2.3", {PORT: "-1"}, None),
        ("10.1.2.3", {PORT: "9000@127.0.0.1"}, None),
        ("10.1.2.3", {PORT: "٩٠٠٠"}, None),
        ("10.1.2.3", {PORT: ""}, None),
        ("10.1.2.3", {PORT: "9" * 5000}, None),
        # other paths
        ("10.1.2.3", {PATH: "/actuator/shutdown"}, None),
        ("10.1.2.3", {PATH: "/actuator/refresh/../shutdown"}, None),
        ("10.1.2.3", {PATH: "/../../refresh"}, None),
        ("10.1.2.3", {PATH: "/a%2f..%2fb/refresh"}, None),
        ("10.1.2.3", {PATH: "//example.org/refresh"}, None),
        ("10.1.2.3", {PATH: "@example.org/refresh"}, None),
        ("10.1.2.3", {PATH: "http://example.org/refresh"}, None),
        ("10.1.2.3", {PATH: "/shutdown?x=/refresh"}, None),
        ("10.1.2.3", {PATH: "/shutdown#/refresh"}, None),
        ("10.1.2.3", {PATH: "/a b/refresh"}, None),
        ("10.1.2.3", {PATH: "/x/refresh\n"}, None),
        ("10.1.2.3", {PATH: "/x" * 500 + "/refresh"}, None),
        # X-Forwarded-For without a trusted proxy
        ("10.1.2.3", {FORWARDED: "10.1.9.9"}, HERE),
        ("192.0.2.1", {FORWARDED: "10.1.2.3"}, None),
    ],
)
def test_where_a_client_is_called_back(
    remote: str | None, headers: dict[str, str], expected: str | None
) -> None:
    assert callback(remote, CIMultiDict(headers), RULES) == expected


@pytest.mark.parametrize(
    ("remote", "forwarded", "expected"),
    [
        ("10.9.0.1", "10.1.2.3", HERE),
        ("10.9.0.1", "10.1.2.3, 10.9.0.7", HERE),
        ("10.9.0.1", "10.1.6.6, 10.1.2.3", HERE),
        ("10.9.0.1", "127.0.0.1, 10.1.2.3, 127.0.0.1", HERE),
        ("10.9.0.1", "10.1.2.3, 192.0.2.1", None),
        ("10.9.0.1", "10.1.2.3, unknown", None),
        ("10.9.0.1", "10.1.2.3:4711", None),
        ("10.9.0.1", "", None),
        ("10.9.0.1", ",,,", None),
        ("10.1.2.3", "10.1.6.6", HERE),
    ],
)
def test_only_what_trusted_proxies_add_is_believed(
    remote: str, forwarded: str, expected: str | None
) -> None:
    assert callback(remote, CIMultiDict({FORWARDED: forwarded}), BEHIND_PROXIES) == expected


@given(st.text(), st.text(), st.text(), st.text())
def test_whatever_is_sent_nobody_outside_is_called(
    remote: str, port: str, path: str, forwarded: str
) -> None:
    headers = CIMultiDict({PORT: port, PATH: path, FORWARDED: forwarded})
    assert callback(remote, headers, RULES) is None


@given(st.ip_addresses(), st.sampled_from([RULES, BEHIND_PROXIES]))
def test_an_address_is_called_only_within_the_networks(remote: object, rules: Rules) -> None:
    found = callback(str(remote), CIMultiDict({FORWARDED: "192.0.2.1"}), rules)
    inside = any(ip_address(str(remote)) in network for network in rules.networks)
    assert inside or found is None
