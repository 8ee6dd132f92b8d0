"""Whatever is posted, it is answered, or refused as the client's fault."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from configserver.errors import ConfigError
from configserver.push.webhooks import Received
from configserver.push.webhooks.payloads import parse
from configserver.push.webhooks.receiver import Receiver, WebhookOptions
from tests.push.webhooks.conftest import Start
from tests.push.webhooks.samples import NOW, SAMPLES, SECRET, SIGNING_TOKEN
from tests.push.webhooks.sites import OPEN, Clock, Ear

GUARDED = WebhookOptions(secrets=(SECRET.encode(), SIGNING_TOKEN.encode()))
NAMES = sorted(
    {name for sample in SAMPLES for name in (*sample.headers, *sample.signed())}
    | {"X-Hub-Signature", "X-Gitea-Signature", "X-Gitee-Timestamp", "webhook-signature"}
)
VALUES = sorted({value for sample in SAMPLES for value in sample.headers.values()})
KEYS = ("path", "commits", "added", "repository", "links", "changes", "push", "ref", "project")

JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=15,
)
MUTATED = st.sampled_from([sample.payload for sample in SAMPLES]).flatmap(
    lambda payload: st.tuples(
        st.just(payload), st.lists(st.sampled_from(sorted(payload)), max_size=3), JSONS
    )
)
HEADERS = st.dictionaries(
    st.sampled_from(NAMES),
    st.sampled_from(VALUES) | st.text(max_size=80) | st.from_regex(r"sha256=[0-9a-f]{64}"),
    max_size=6,
)


def outcome(options: WebhookOptions, headers: Mapping[str, str], body: bytes) -> int:
    """Return the status; anything but a ConfigError would be a fault of ours."""
    taker = Receiver(options, Ear(), Clock())
    request = Received(CIMultiDict(headers), body, NOW)
    try:
        sender = taker.sender(request)
        taker.take(sender, request, taker.read(sender, request, parse(body)))
    except ConfigError as error:
        return error.status
    return 200


@given(HEADERS, st.binary(max_size=200) | JSONS.map(lambda tree: json.dumps(tree).encode()))
def test_any_headers_and_any_body(headers: Mapping[str, str], body: bytes) -> None:
    assert outcome(OPEN, headers, body) in {200, 400}
    assert outcome(GUARDED, headers, body) == 401


@given(HEADERS, MUTATED)
def test_payloads_with_anything_in_them(headers: Mapping[str, str], mutated: Any) -> None:
    payload, places, tree = mutated
    body = json.dumps({**payload, **dict.fromkeys(places, tree)}).encode()
    assert outcome(OPEN, headers, body) in {200, 400}
    for sample in SAMPLES:
        assert outcome(OPEN, {**headers, **sample.headers}, body) in {200, 400}


@given(st.integers(0, 10), st.binary(min_size=1, max_size=3))
def test_a_flipped_body_is_never_taken(place: int, noise: bytes) -> None:
    for sample in SAMPLES:
        if "signature" not in sample.proofs or sample.id == "gitee":
            continue
        body = sample.body[:place] + noise + sample.body[place + len(noise) :]
        if body != sample.body:
            options = WebhookOptions(secrets=(sample.secret.encode(),))
            assert outcome(options, sample.signed("signature"), body) == 401


@pytest.mark.parametrize("value", ["\x00", "é", "ÿþ", "\udcff\udcfe", "a" * 8000, " ", '"'])
async def test_odd_headers_are_no_fault_of_ours(start: Start, value: str) -> None:
    """As they come out of the parser of HTTP, if they do at all."""
    site = await start(GUARDED)
    for name in NAMES:
        if name in {"Content-Type", "User-Agent"} or value == "\x00":
            continue
        headers = {"Content-Type": "application/json", name: value}
        assert (await site.post(b"{}", headers)).status in {400, 401}
