"""Signatures as the hosts document them, and what is compared."""

import base64
import hmac
from typing import Any

import pytest
from multidict import CIMultiDict

from configserver.push.webhooks import Received, signatures
from configserver.push.webhooks.hosts import SENDERS
from tests.push.webhooks.samples import NOW, SAMPLES, Sample


def received(body: bytes, now: float = NOW, **headers: str) -> Received:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Received(CIMultiDict(named), body, now)


def test_the_example_of_github() -> None:
    """From its page on validating deliveries."""
    signature = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    request = received(b"Hello, World!", X_Hub_Signature_256=f"sha256={signature}")
    secret = b"It's a Secret to Everybody"
    assert signatures.signed(request, secret, "X-Hub-Signature-256")
    assert not signatures.signed(request, secret.lower(), "X-Hub-Signature-256")


def test_the_example_of_bitbucket() -> None:
    """From its page on managing webhooks."""
    signature = "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    request = received(b"Hello World!", X_Hub_Signature=f"sha256={signature}")
    assert signatures.signed(request, b"It's a Secret to Everybody", "X-Hub-Signature")


def test_the_example_of_standard_webhooks() -> None:
    """From the specification, with its own time."""
    request = received(
        b'{"test": 2432232314}',
        1614265330,
        webhook_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        webhook_timestamp="1614265330",
        webhook_signature="v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    )
    assert signatures.standard(request, b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert not signatures.standard(request, b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert not signatures.standard(request, b"whsec_")
    assert not signatures.standard(request, b"whsec_!")


@pytest.mark.parametrize("escaped", [False, True])
def test_gitee_may_escape_its_signature_or_not(escaped: bool) -> None:
    """Its page has no example with a result; this is the algorithm shown there, done once."""
    sign = "2D978FIy4DMMTbiN80zQkNH1Eq/kMBt3gL6OnWfGzzY="
    token = sign.replace("=", "%3D").replace("/", "%2F").replace("+", "%2B") if escaped else sign
    request = received(b"", 1576754827.988, X_Gitee_Timestamp="1576754827988", X_Gitee_Token=token)
    assert signatures.gitee(request, b"this is secret")
    assert not signatures.gitee(request, b"this is another")


@pytest.mark.parametrize("login", [b"any:s:e", b"s:e", b"any:x:s:e"])
def test_credentials_are_a_password_or_both(login: bytes) -> None:
    header = f"Basic {base64.b64encode(login).decode()}"
    headers = CIMultiDict({"authorization": header})
    assert signatures.basic(headers, b"s:e") is (login != b"any:x:s:e")


@pytest.mark.parametrize(
    ("sample", "proof"),
    [
        pytest.param(sample, proof, id=f"{sample.id} {proof}")
        for sample in SAMPLES
        for proof in sample.proofs
    ],
)
@pytest.mark.parametrize("right", [True, False])
def test_only_digests_are_compared_and_in_constant_time(
    sample: Sample, proof: str, right: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong with a proof, both sides of each comparison are bytes of one length."""
    compared: list[tuple[Any, Any]] = []

    def note(one: Any, other: Any) -> bool:
        compared.append((one, other))
        return genuine(one, other)

    genuine = hmac.compare_digest
    monkeypatch.setattr(signatures, "compare_digest", note)
    secret = sample.secret if right else sample.secret[:-4] + "XYZ="
    headers = sample.signed(proof, secret=secret)
    host = next(host for host in SENDERS if host.sends(CIMultiDict(headers)))
    request = Received(CIMultiDict(headers), sample.body, NOW)
    assert host.verifies(request, sample.secret.encode()) is right
    assert compared
    assert {type(side) for pair in compared for side in pair} == {bytes}
    assert {len(side) for pair in compared for side in pair} <= {32, 0}, "none if it is missing"
