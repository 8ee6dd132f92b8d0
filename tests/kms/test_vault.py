"""Vault's transit engine: what is unwrapped, who may, and how every failure ends."""

import asyncio
import secrets
import ssl
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from configserver.kms import Refused, Trouble, Unreachable, key_text
from configserver.kms.vault import AppRole, GivenToken, Kubernetes, Vault
from configserver.secret import Secret
from tests.peers.authority import Authority
from tests.peers.processes import free_port
from tests.peers.vault import ROOT, RealVault, VaultPeer

KEY = b"canary-of-the-data-key"
DECRYPT = ("transit/decrypt/config",)

AnyVault = VaultPeer | RealVault


def client(vault: AnyVault, token: str = ROOT, **changes: object) -> Vault:
    made = Vault(vault.uri, "config", GivenToken(Secret(token)), timeout=20)
    return replace(made, **changes)  # type: ignore[arg-type]


async def failure(service: Vault, wrapped: str) -> Trouble:
    with pytest.raises(Trouble) as caught:
        await service.unwrap(wrapped)
    trouble = caught.value
    text = f"{trouble} {trouble.reason} {trouble.hint}"
    assert trouble.reason
    assert trouble.hint
    assert "canary" not in text
    assert "\n" not in text
    assert len(text) < 1000
    assert wrapped[10:] not in text or not wrapped[10:]
    return trouble


@pytest.mark.parametrize("plain", [KEY, "ключ\n".encode(), bytes(range(256)), b"x" * 60_000])
async def test_what_was_wrapped_is_unwrapped(vault: AnyVault, plain: bytes) -> None:
    service = client(vault)
    wrapped = await service.wrap(plain)
    assert wrapped.startswith("vault:v")
    assert await service.unwrap(f" {wrapped}\n") == plain


async def test_a_key_of_older_versions_is_unwrapped(vault: AnyVault) -> None:
    vault.make_key("config")
    wrapped = vault.wrap("config", KEY)
    vault.make_key("config")
    assert vault.wrap("config", KEY)[:9] != wrapped[:9]
    assert await client(vault).unwrap(wrapped) == KEY


@pytest.mark.parametrize("kind", ["token", "file", "role", "role with a file"])
async def test_ways_to_log_in(vault: AnyVault, kind: str, tmp_path: Path) -> None:
    """Each may unwrap and nothing else."""
    wrapped = vault.wrap("config", KEY)
    file = tmp_path / "secret"
    login: GivenToken | AppRole
    if kind.startswith("role"):
        role, secret = vault.app_role(DECRYPT)
        file.write_text(f"{secret}\n")
        login = AppRole(role, Secret(secret)) if kind == "role" else AppRole(role, file=f"{file}")
    else:
        token = vault.allow(DECRYPT)
        file.write_text(f"{token}\n")
        login = GivenToken(Secret(token)) if kind == "token" else GivenToken(file=str(file))
    service = client(vault, login=login)
    assert await service.unwrap(wrapped) == KEY
    with pytest.raises(Refused, match="permission denied") as caught:
        await service.wrap(KEY)
    assert "'update' on transit/encrypt/config" in caught.value.hint


async def test_a_token_file_is_read_at_each_use(peer: VaultPeer, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("expired")
    service = client(peer, login=GivenToken(file=str(file)))
    wrapped = peer.wrap("config", KEY)
    assert "403" in (await failure(service, wrapped)).reason
    file.write_text(peer.allow(DECRYPT))
    assert await service.unwrap(wrapped) == KEY


@pytest.mark.parametrize(
    ("role", "jwt", "word"),
    [("server", "ey.canary", ""), ("server", "ey.other", "403"), ("nosuch", "ey.canary", "400")],
)
async def test_the_service_account_of_a_pod(
    peer: VaultPeer, tmp_path: Path, role: str, jwt: str, word: str
) -> None:
    peer.accounts["server"] = ("ey.canary", DECRYPT)
    file = tmp_path / "token"
    file.write_text(jwt)
    service = client(peer, login=Kubernetes(role, str(file)))
    wrapped = peer.wrap("config", KEY)
    if not word:
        assert await service.unwrap(wrapped) == KEY
        return
    trouble = await failure(service, wrapped)
    assert trouble.reason.startswith(f"the login to Vault failed: {word}")
    assert "bound" in trouble.hint


CASES: dict[str, tuple[Callable[[Vault], Vault], Callable[[str], str], str, str]] = {
    "no ciphertext": (lambda v: v, lambda _: "garbage", "no prefix", "whole"),
    "short": (lambda v: v, lambda _: "vault:v1:AAAA", "ciphertext length", "whole"),
    "no Base64": (lambda v: v, lambda _: "vault:v1:!!!", "decode base64", "whole"),
    "empty": (lambda v: v, lambda _: "", "missing ciphertext", "whole"),
    "changed": (lambda v: v, lambda w: f"{w[:-8]}AAAAAAA=", "authentication failed", "whole"),
    "too new": (lambda v: v, lambda w: f"vault:v99:{w.rpartition(':')[2]}", "too new", "whole"),
    "no key": (lambda v: replace(v, key="nokey"), lambda w: w, "key not found", "transit/nokey"),
    "no mount": (lambda v: replace(v, mount="no/mount"), lambda w: w, "404 no handler", "enabled"),
    "token": (
        lambda v: replace(v, login=GivenToken(Secret("hvs.canary"))),
        lambda w: w,
        "403",
        "renew the token",
    ),
    "no token": (
        lambda v: replace(v, login=GivenToken(Secret("with blanks"))),
        lambda w: w,
        "no token of Vault",
        "VAULT_TOKEN",
    ),
    "role": (
        lambda v: replace(v, login=AppRole("x", Secret("canary"))),
        lambda w: w,
        "login to Vault failed: 400 invalid role or secret ID",
        "role-id",
    ),
    "login": (
        lambda v: replace(v, login=AppRole("x", Secret("canary"), mount="nosuch")),
        lambda w: w,
        "login to Vault failed: 403",
        "role-id",
    ),
    "file": (
        lambda v: replace(v, login=GivenToken(file="/no/such/file")),
        lambda w: w,
        "token-file cannot be read: No such file",
        "/no/such/file",
    ),
    "folder": (
        lambda v: replace(v, login=AppRole("x", file="/")),
        lambda w: w,
        "secret-id-file cannot be read: Is a directory",
        "look at /",
    ),
    "no text": (
        lambda v: replace(v, login=Kubernetes("x", "/dev/null")),
        lambda w: w,
        "jwt-file is empty",
        "/dev/null",
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_what_is_refused_says_what_to_do(vault: AnyVault, case: str) -> None:
    change, spoil, reason, hint = CASES[case]
    wrapped = vault.wrap("config", KEY)
    trouble = await failure(change(client(vault)), spoil(wrapped))
    assert isinstance(trouble, Refused)
    assert reason in trouble.reason
    assert hint in trouble.hint


async def test_a_sealed_vault_may_be_unsealed(peer: VaultPeer) -> None:
    wrapped = peer.wrap("config", KEY)
    peer.sealed = True
    trouble = await failure(client(peer), wrapped)
    assert isinstance(trouble, Unreachable)
    assert trouble.hint == "unseal Vault"


async def _silence(_: web.BaseRequest) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


async def _drip(request: web.BaseRequest) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(300):
        await response.write(b" ")
        await asyncio.sleep(0.1)
    return response


async def _cut(request: web.BaseRequest) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    await asyncio.sleep(30)
    return web.Response()


async def _huge(_: web.BaseRequest) -> web.StreamResponse:
    return web.Response(body=b'{"data": "' + b"x" * (8 << 20) + b'"}')


async def _redirect(_: web.BaseRequest) -> web.StreamResponse:
    return web.Response(status=307, headers={"Location": "http://127.0.0.1:1/v1/canary"})


async def _echo(request: web.BaseRequest) -> web.StreamResponse:
    """Say all that was sent, as a spiteful server would."""
    told = [*request.headers.values(), *(await request.json()).values()]
    return web.json_response({"errors": [f"a\nb {told}"]}, status=400)


def answers(body: bytes, status: int = 200) -> Callable[..., object]:
    async def handle(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, body=body)

    return handle


HOSTILE = [
    (_silence, Unreachable, "did not answer within 1 seconds"),
    (_drip, Unreachable, "did not answer within 1 seconds"),
    (_cut, Unreachable, "cannot be reached"),
    (_huge, Unreachable, "larger than"),
    (_redirect, Refused, "another address"),
    (_echo, Refused, "does not decrypt: 400"),
    (answers(b""), Unreachable, "not what it should be"),
    (answers(b"<html>canary</html>"), Unreachable, "not what it should be"),
    (answers(b"[" * 200_000), Unreachable, "not what it should be"),
    (answers(b"[]"), Unreachable, "not what it should be"),
    (answers(b'{"data": []}'), Unreachable, "not what it should be"),
    (answers(b'{"data": {"plaintext": 1}}'), Unreachable, "not what it should be"),
    (answers(b'{"data": {"plaintext": "!!canary"}}'), Unreachable, "not what it should be"),
    (answers(b"<html>canary", 502), Unreachable, "does not decrypt: 502"),
    (answers(b'{"errors": "canary"}', 500), Unreachable, "does not decrypt: 500"),
    (answers(b'{"errors": [{"canary": 1}]}', 429), Unreachable, "does not decrypt: 429"),
    (answers(b"\xff\xfe", 418), Refused, "does not decrypt: 418"),
]


@pytest.mark.parametrize("case", range(len(HOSTILE)))
async def test_bad_answers_are_bounded_and_clear(peer: VaultPeer, case: int) -> None:
    """None takes longer than the time limit, and none has a secret said."""
    wrapped = peer.wrap("config", KEY)
    handler, kind, reason = HOSTILE[case]
    peer.instead = handler  # type: ignore[assignment]
    began = time.monotonic()
    seconds = 1 if "within 1 seconds" in reason else 10
    trouble = await failure(client(peer, timeout=seconds), wrapped)
    assert seconds > 1 or time.monotonic() - began < 15
    assert isinstance(trouble, kind)
    assert reason in trouble.reason
    peer.instead = None


async def test_a_login_is_not_told_on(peer: VaultPeer) -> None:
    """Not even by a server that says later on what it was told before."""
    role, secret = peer.app_role(DECRYPT)

    async def tell(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/login"):
            return web.json_response({"auth": {"client_token": "hvs.canary-token"}})
        return web.json_response({"errors": [f"{secret} hvs.canary-token"]}, status=403)

    peer.instead = tell
    trouble = await failure(client(peer, login=AppRole(role, Secret(secret))), "vault:v1:AAAA")
    assert trouble.reason == "Vault does not decrypt: 403 ****** ******"


@pytest.mark.parametrize("key", ["a/../b", "a b", "a?b#c", "é"])
async def test_names_cannot_lead_elsewhere(peer: VaultPeer, key: str) -> None:
    await failure(client(peer, key=key), "vault:v1:AAAA")
    assert all(path.startswith("/v1/transit/decrypt/") for path in peer.asked)


async def test_nobody_listens() -> None:
    service = Vault(f"http://127.0.0.1:{free_port()}", "k", GivenToken(Secret("t")))
    trouble = await failure(service, "vault:v1:AAAA")
    assert isinstance(trouble, Unreachable)
    assert "Connect" in trouble.reason


@pytest.mark.parametrize(
    ("trusted", "reason", "hint"),
    [
        ("right", "", ""),
        ("none", "certificate is not trusted", "ca-file"),
        ("other", "certificate is not trusted", "ca-file"),
        ("missing", "ca-file cannot be used: No such file", "/no/such"),
        ("no PEM", "ca-file cannot be used: no CA in PEM form", "no.pem"),
        ("no TLS", "cannot be reached", "uri"),
    ],
)
async def test_certificates(tmp_path: Path, trusted: str, reason: str, hint: str) -> None:
    authority = Authority(tmp_path / "ca")
    other = Authority(tmp_path / "other")
    (tmp_path / "no.pem").write_text("nothing")
    made = authority.server()
    files = {"right": authority.ca_file, "other": other.ca_file, "missing": "/no/such"}
    files["no PEM"] = tmp_path / "no.pem"
    vault = VaultPeer((made.file, made.key))
    try:
        wrapped = vault.wrap("config", KEY)
        file = files.get(trusted)
        service = client(vault, ca_file=str(file) if file else None)
        if trusted == "no TLS":
            service = replace(service, uri=service.uri.replace("https", "http"))
        if not reason:
            assert await service.unwrap(wrapped) == KEY
            return
        trouble = await failure(service, wrapped)
        assert reason in trouble.reason
        assert hint in trouble.hint
    finally:
        vault.close()


async def test_trust_is_that_of_the_system_even_where_aiohttp_has_none(
    peer: VaultPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program imports aiohttp without certificates."""
    made: list[ssl.SSLContext] = []
    create = ssl.create_default_context

    def noted() -> ssl.SSLContext:
        made.append(create())
        return made[-1]

    monkeypatch.setattr(ssl, "create_default_context", noted)
    await failure(client(peer, uri=peer.uri.replace("http:", "https:")), "vault:v1:AAAA")
    assert made[0].verify_mode is ssl.CERT_REQUIRED
    assert made[0].check_hostname


@pytest.mark.parametrize(
    ("plain", "text"),
    [
        (b"a key", "a key"),
        (b"a key\n", "a key"),
        (b"a key\r\n", "a key"),
        (b" a key \n\n", " a key \n"),
        ("ключ".encode(), "ключ"),
        (b"\xff\x00", b64encode(b"\xff\x00").decode()),
    ],
)
def test_the_text_of_a_key(plain: bytes, text: str) -> None:
    assert key_text(plain) == text


def test_a_data_key_has_one_text() -> None:
    key = b"\xff" + secrets.token_bytes(31)
    assert key_text(key) == key_text(key) == b64encode(key).decode()
