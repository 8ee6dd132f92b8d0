"""What is read from the payload of each Git host, and how it shows that it is genuine."""

from collections.abc import Mapping
from typing import Any

import pytest
from multidict import CIMultiDict

from configserver.push import Hint
from configserver.push.webhooks import Received, Unverified
from configserver.push.webhooks.receiver import Receiver, WebhookOptions
from tests.push.webhooks.samples import (
    BITBUCKET_SERVER,
    GITEA,
    GITEE,
    GITHUB,
    GITLAB,
    GITLAB_SIGNED,
    GOGS,
    NOW,
    SAMPLES,
    SECRET,
    SIGNING_TOKEN,
    Sample,
    gitee_sign,
    hub_256,
    standard,
)
from tests.push.webhooks.sites import OPEN, Clock, Ear

PROOFS = [
    pytest.param(sample, proof, id=f"{sample.id} {proof}")
    for sample in SAMPLES
    for proof in sample.proofs
]


def received(headers: Mapping[str, str], body: bytes) -> Received:
    return Received(CIMultiDict(headers), body, NOW)


def receiver(options: WebhookOptions = OPEN, ear: Ear | None = None) -> Receiver:
    return Receiver(options, ear or Ear(), Clock())


def take(taker: Receiver, request: Received, payload: Mapping[str, Any]) -> tuple[str, ...]:
    sender = taker.sender(request)
    reading = taker.read(sender, request, payload)
    taker.take(sender, request, reading)
    return reading.names


def guarded(*secrets: str, **own: str) -> WebhookOptions:
    return WebhookOptions(
        secrets=tuple(secret.encode() for secret in secrets),
        own_secrets={name: (secret.encode(),) for name, secret in own.items()},
    )


def is_taken(options: WebhookOptions, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        receiver(options).sender(received(headers, body))
    except Unverified:
        return False
    return True


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
def test_a_push_is_a_hint_where_to_look(sample: Sample) -> None:
    ear = Ear()
    taker = receiver(ear=ear)
    request = received(sample.signed(), sample.body)
    sender = taker.sender(request)
    assert sender.name == sample.host
    assert take(taker, request, sample.payload) == sample.names
    expected = Hint(
        origin=sample.host,
        uris=sample.uris,
        refs=sample.refs,
        paths=sample.paths,
        delivery=sample.delivery,
    )
    assert ear.heard == [expected]


@pytest.mark.parametrize(("sample", "proof"), PROOFS)
def test_each_proof_of_a_host_is_taken(sample: Sample, proof: str) -> None:
    headers = sample.signed(proof)
    assert is_taken(guarded(sample.secret), headers, sample.body)
    assert is_taken(guarded("other", **{sample.host: sample.secret}), headers, sample.body)
    assert is_taken(guarded("new", sample.secret), headers, sample.body), "while secrets change"


@pytest.mark.parametrize(("sample", "proof"), PROOFS)
def test_a_wrong_secret_is_refused(sample: Sample, proof: str) -> None:
    other = SIGNING_TOKEN.replace("A", "B") if sample is GITLAB_SIGNED else "other"
    headers = sample.signed(proof)
    assert not is_taken(guarded(other), headers, sample.body)
    own = {sample.host: other}
    assert not is_taken(guarded(sample.secret, **own), headers, sample.body), "its own one outranks"
    assert not is_taken(guarded(elsewhere=sample.secret), headers, sample.body)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
def test_without_a_proof_it_is_refused(sample: Sample) -> None:
    assert not is_taken(guarded(sample.secret), sample.headers, sample.body)


@pytest.mark.parametrize(
    ("sample", "proof"),
    [
        (GITHUB, "signature"),
        (GITLAB_SIGNED, "signature"),
        (GITEA, "signature"),
        (GITEA, "older signature"),
        (GOGS, "signature"),
        (BITBUCKET_SERVER, "signature"),
    ],
    ids=lambda value: getattr(value, "id", value),
)
def test_a_changed_body_is_refused(sample: Sample, proof: str) -> None:
    headers = sample.signed(proof)
    for body in (sample.body + b" ", sample.body.replace(b"org", b"orh"), b"", b"{}"):
        assert not is_taken(guarded(sample.secret), headers, body)


@pytest.mark.parametrize(
    ("sample", "changes"),
    [
        (GITHUB, {"X-Hub-Signature-256": ""}),
        (GITHUB, {"X-Hub-Signature-256": "sha256="}),
        (GITHUB, {"X-Hub-Signature-256": "sha256=zz"}),
        (GITHUB, {"X-Hub-Signature-256": "sha256=é"}),
        (GITHUB, {"X-Hub-Signature-256": "sha1=" + "0" * 40}),
        (GITHUB, {"X-Hub-Signature-256": "sha256=" + "0" * 64}),
        (GITHUB, {"X-Hub-Signature-256": "sha256=" + "0" * 8000}),
        (GOGS, {"X-Gogs-Signature": ""}),
        (GITLAB, {"X-Gitlab-Token": ""}),
        (GITLAB, {"X-Gitlab-Token": "\udcff"}),
        (GITLAB_SIGNED, {"webhook-signature": "v1,"}),
        (GITLAB_SIGNED, {"webhook-signature": "v1,ä v2,x"}),
        (GITLAB_SIGNED, {"webhook-signature": " " * 8000}),
        (GITLAB_SIGNED, {"webhook-timestamp": "x"}),
        (GITLAB_SIGNED, {"webhook-timestamp": "²"}),
        (GITLAB_SIGNED, {"webhook-timestamp": "9" * 5000}),
        (GITLAB_SIGNED, {"webhook-id": "another"}),
        (BITBUCKET_SERVER, {"X-Hub-Signature": "", "Authorization": "Basic"}),
        (BITBUCKET_SERVER, {"X-Hub-Signature": "", "Authorization": "Basic ????"}),
        (BITBUCKET_SERVER, {"X-Hub-Signature": "", "Authorization": "Basic é"}),
    ],
)
def test_a_malformed_proof_is_refused(sample: Sample, changes: Mapping[str, str]) -> None:
    headers = {**sample.signed(), **changes}
    assert not is_taken(guarded(sample.secret), headers, sample.body)


@pytest.mark.parametrize(("seconds", "taken"), [(299, True), (-299, True), (302, False)])
def test_a_signature_of_gitlab_is_taken_for_five_minutes(seconds: float, taken: bool) -> None:
    body = GITLAB_SIGNED.body
    headers = {**GITLAB_SIGNED.headers, **standard(body, SIGNING_TOKEN, at=NOW - seconds)}
    assert is_taken(guarded(SIGNING_TOKEN), headers, body) is taken


@pytest.mark.parametrize(("seconds", "taken"), [(3599, True), (-3599, True), (3602, False)])
def test_a_signature_of_gitee_is_taken_for_an_hour(seconds: float, taken: bool) -> None:
    headers = {**GITEE.headers, **gitee_sign(b"", SECRET, at=NOW - seconds)}
    assert is_taken(guarded(SECRET), headers, GITEE.body) is taken


def test_a_signing_token_is_never_taken_as_a_password() -> None:
    headers = {**GITLAB.headers, "X-Gitlab-Token": SIGNING_TOKEN}
    assert not is_taken(guarded(SIGNING_TOKEN), headers, GITLAB.body)


def test_a_proof_of_one_host_is_none_of_another() -> None:
    """A body signed for GitHub does not pass as one of GitLab, which would have shown a token."""
    headers = {**GITLAB.headers, **hub_256(GITLAB.body, SECRET)}
    assert not is_taken(guarded(SECRET), headers, GITLAB.body)


@pytest.mark.parametrize(
    ("headers", "payload", "names"),
    [
        ({"X-GitHub-Event": "ping"}, {"zen": "z", "repository": {"clone_url": "https://x/y"}}, ()),
        ({"X-GitHub-Event": "issues"}, dict(GITHUB.payload), ()),
        ({"X-Gitlab-Event": "Issue Hook"}, dict(GITLAB.payload), ()),
        ({"X-Gitlab-Event": "System Hook"}, {"event_name": "user_create"}, ()),
        ({"X-Event-Key": "diagnostics:ping"}, {"test": True}, ()),
        ({}, {"eventType": "workitem.created", "publisherId": "tfs"}, ()),
        ({}, {"eventType": "git.push", "publisherId": "someone"}, ()),
        ({}, {"path": []}, ()),
        ({}, {}, ()),
    ],
)
def test_what_is_no_push_leads_to_no_look(
    headers: Mapping[str, str], payload: dict[str, Any], names: tuple[str, ...]
) -> None:
    ear = Ear()
    taker = receiver(ear=ear)
    request = received(headers, b"")
    assert take(taker, request, payload) == names
    assert ear.heard == []


@pytest.mark.parametrize("event", ["create", "delete"])
@pytest.mark.parametrize("sample", [GITEA, GOGS], ids=lambda sample: sample.id)
def test_a_branch_that_came_or_went_leads_to_a_look(sample: Sample, event: str) -> None:
    """Gitea and Gogs tell of a deleted branch with no push; the original takes no names of it."""
    ear = Ear()
    taker = receiver(ear=ear)
    headers = {name: event if text == "push" else text for name, text in sample.headers.items()}
    payload = {"ref": "rel", "ref_type": "branch", "repository": sample.payload["repository"]}
    assert take(taker, received(headers, b""), payload) == ()
    (hint,) = ear.heard
    assert (hint.origin, hint.uris, hint.refs) == (sample.host, sample.uris, ())
    assert hint.delivery == sample.delivery


@pytest.mark.parametrize(
    ("disabled", "names", "origin"),
    [
        ((), GITEA.names, "gitea"),
        (("github",), ("*",), "gitea"),
        (("gitea",), GITEA.names, "gogs"),
        (("gitea", "gogs"), GITEA.names, "github"),
        (("gitea", "github"), GITEA.names, "gogs"),
        (("gitea", "gogs", "github"), (), None),
    ],
)
def test_a_host_that_is_switched_off_is_not_understood(
    disabled: tuple[str, ...], names: tuple[str, ...], origin: str | None
) -> None:
    ear = Ear()
    taker = receiver(WebhookOptions(disabled=frozenset(disabled)), ear)
    request = received(GITEA.headers, GITEA.body)
    assert take(taker, request, GITEA.payload) == names
    assert [hint.origin for hint in ear.heard] == ([origin] if origin else [])


def test_a_host_known_by_another_name_here_is_looked_for_under_both() -> None:
    ear = Ear()
    taker = receiver(WebhookOptions(aliases={"gogs.example.com": "gogs:3000"}), ear)
    request = received(GOGS.headers, GOGS.body)
    take(taker, request, GOGS.payload)
    assert ear.heard[0].uris == (
        *GOGS.uris,
        "https://gogs:3000/org/config.git",
        "ssh://gogs:3000/org/config.git",
        "https://gogs:3000/org/config",
    )


def test_a_payload_names_no_more_than_is_sensible() -> None:
    ear = Ear()
    taker = receiver(ear=ear)
    changes = [{"ref": {"id": f"refs/heads/b{number}"}} for number in range(2000)]
    payload = {"changes": changes, "repository": {"links": {"self": [{"href": "h" * 5000}]}}}
    request = received(BITBUCKET_SERVER.headers, b"")
    take(taker, request, payload)
    assert (ear.heard[0].uris, ear.heard[0].refs) == ((), ())
