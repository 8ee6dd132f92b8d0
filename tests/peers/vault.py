"""A server that answers as HashiCorp's Vault does where keys are wrapped, and Vault itself.

What the stand-in answers was written down from Vault 1.21; the same tests run on both.
"""

import asyncio
import json
import secrets
import ssl
import subprocess
import threading
import time
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.request import Request as UrlRequest
from urllib.request import urlopen

from aiohttp import web
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.peers.processes import Process, free_port

ROOT: Final = "canary-of-the-root-token"
PREFIX: Final = "vault:v"

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Denied(Exception):
    """A status and the messages of an answer that is an error."""

    def __init__(self, status: int, *messages: str) -> None:
        super().__init__(status)
        self.status = status
        self.messages = messages


class VaultPeer:
    """The transit engine at `transit/`, and logins with AppRole and Kubernetes.

    It runs in a thread of its own, so that it answers whatever the test is busy with.

    Args:
        certificate: file of certificate and file of key; without, there is no TLS.

    Attributes:
        keys: by name, the versions of each.
        tokens: the paths that each may use; `*` is any.
        app_roles: secret id and paths, by role id.
        accounts: token of the service account and paths, by role.
        instead: answers in place of Vault, to see what a client makes of it.
        asked: the paths that were asked for.
    """

    def __init__(self, certificate: tuple[Path, Path] | None = None) -> None:
        self.keys: dict[str, list[bytes]] = {}
        self.tokens: dict[str, Iterable[str]] = {ROOT: ("*",)}
        self.app_roles: dict[str, tuple[str, Iterable[str]]] = {}
        self.accounts: dict[str, tuple[str, Iterable[str]]] = {}
        self.sealed = False
        self.instead: Handler | None = None
        self.asked: list[str] = []
        self.port = free_port()
        scheme = "https" if certificate else "http"
        self.uri = f"{scheme}://{'localhost' if certificate else '127.0.0.1'}:{self.port}"
        self._certificate = certificate
        self._loop = asyncio.new_event_loop()
        self._runner: web.ServerRunner | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.start()

    def start(self) -> None:
        """Listen, again on the same port."""
        self._wait(self._start())

    def stop(self) -> None:
        """Listen no more, and cut every connection."""
        self._wait(self._stop())

    def close(self) -> None:
        """End it for good."""
        self.stop()
        self._wait(_end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def make_key(self, name: str) -> None:
        """Make a key, or a new version of it."""
        self.keys.setdefault(name, []).append(AESGCM.generate_key(256))

    def allow(self, paths: Iterable[str]) -> str:
        """Return a token for some paths."""
        token = f"hvs.canary{secrets.token_hex(16)}"
        self.tokens[token] = paths
        return token

    def app_role(self, paths: Iterable[str]) -> tuple[str, str]:
        """Return role id and secret id of a new role."""
        role, secret = secrets.token_hex(8), f"canary-{secrets.token_hex(8)}"
        self.app_roles[role] = (secret, paths)
        return role, secret

    def wrap(self, key: str, plain: bytes) -> str:
        """Return what the engine makes of a text."""
        made = self._encrypt(key, {"plaintext": b64encode(plain).decode()})
        return str(made["ciphertext"])

    def _wait(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _start(self) -> None:
        context = None
        if self._certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._certificate)
        self._runner = web.ServerRunner(web.Server(self._handle), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=context).start()

    async def _stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if self.instead is not None:
            return await self.instead(request)
        self.asked.append(request.path)
        try:
            answer = self._answer(request, await _body(request))
        except Denied as denied:
            return web.json_response({"errors": denied.messages}, status=denied.status)
        return web.json_response({"lease_id": "", "data": None, "auth": None, **answer})

    def _answer(self, request: web.BaseRequest, body: Mapping[str, Any]) -> Mapping[str, Any]:
        path = request.path.removeprefix("/v1/")
        if self.sealed:
            raise Denied(503, "Vault is sealed")
        if path == "auth/approle/login":
            return self._login(*self._by_app_role(body))
        if path == "auth/kubernetes/login" and self.accounts:
            return self._login(*self._by_account(body))
        if path.startswith("auth/") and path.endswith("/login"):
            raise Denied(403, "permission denied")
        allowed = self.tokens.get(request.headers.get("X-Vault-Token", ""))
        if allowed is None:
            raise Denied(403, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n")
        if "*" not in allowed and path not in allowed:
            raise Denied(403, "1 error occurred:\n\t* permission denied\n\n")
        verbs = {"transit/encrypt/": self._encrypt, "transit/decrypt/": self._decrypt}
        for place, work in verbs.items():
            if path.startswith(place):
                return {"data": work(path.removeprefix(place), body)}
        if path.startswith("transit/datakey/wrapped/"):
            plain = {"plaintext": b64encode(secrets.token_bytes(32)).decode()}
            return {"data": self._encrypt(path.rpartition("/")[2], plain)}
        raise Denied(404, f'no handler for route "{path}". route entry not found.')

    def _by_app_role(self, body: Mapping[str, Any]) -> tuple[bool, Iterable[str]]:
        secret, paths = self.app_roles.get(body.get("role_id", ""), ("", ()))
        if secret and "secret_id" not in body:
            raise Denied(400, "missing secret_id")
        return bool(secret) and secret == body.get("secret_id"), paths

    def _by_account(self, body: Mapping[str, Any]) -> tuple[bool, Iterable[str]]:
        jwt, paths = self.accounts.get(body.get("role", ""), ("", ()))
        if not jwt:
            raise Denied(400, f'invalid role name "{body.get("role")}"')
        if jwt != body.get("jwt"):
            raise Denied(403, "permission denied")
        return True, paths

    def _login(self, known: bool, paths: Iterable[str]) -> Mapping[str, Any]:
        if not known:
            raise Denied(400, "invalid role or secret ID")
        return {"auth": {"client_token": self.allow(paths), "lease_duration": 60}}

    def _encrypt(self, name: str, body: Mapping[str, Any]) -> dict[str, object]:
        if name not in self.keys:
            self.make_key(name)
        try:
            plain = b64decode(body["plaintext"], validate=True)
        except Error:
            raise Denied(400, "illegal base64 data at input byte 0") from None
        nonce, versions = secrets.token_bytes(12), self.keys[name]
        sealed = nonce + AESGCM(versions[-1]).encrypt(nonce, plain, None)
        text = f"{PREFIX}{len(versions)}:{b64encode(sealed).decode()}"
        return {"ciphertext": text, "key_version": len(versions)}

    def _decrypt(self, name: str, body: Mapping[str, Any]) -> dict[str, object]:
        text = body.get("ciphertext", "")
        if not text:
            raise Denied(400, "missing ciphertext to decrypt")
        if name not in self.keys:
            raise Denied(400, "encryption key not found")
        version, colon, rest = text.removeprefix(PREFIX).partition(":")
        if not text.startswith(PREFIX) or not colon:
            raise Denied(400, "invalid ciphertext: no prefix")
        versions = self.keys[name]
        if int(version) > len(versions):
            raise Denied(400, "invalid ciphertext: version is too new")
        try:
            sealed = b64decode(rest, validate=True)
        except Error:
            raise Denied(400, "invalid ciphertext: could not decode base64") from None
        if len(sealed) < 28:
            raise Denied(400, "invalid ciphertext length")
        try:
            plain = AESGCM(versions[int(version) - 1]).decrypt(sealed[:12], sealed[12:], None)
        except InvalidTag:
            raise Denied(400, "cipher: message authentication failed") from None
        return {"plaintext": b64encode(plain).decode()}


async def _end_tasks() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _body(request: web.BaseRequest) -> Mapping[str, Any]:
    try:
        found = json.loads(await request.read() or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


class RealVault:
    """Vault in its development mode, which keeps nothing on disk, set up as the stand-in is.

    Args:
        path: of the program.
        folder: its home, and where its log goes.
    """

    def __init__(self, path: str, folder: Path) -> None:
        port = free_port()
        self.uri = f"http://127.0.0.1:{port}"
        config = [f"-dev-root-token-id={ROOT}", f"-dev-listen-address=127.0.0.1:{port}"]
        command = [path, "server", "-dev", "-dev-no-store-token", *config]
        self._process = Process(command, port=port, log=folder / "vault.log")
        try:
            self._wait_until_ready()
            self._ask("PUT", "sys/mounts/transit", {"type": "transit"})
            self._ask("PUT", "sys/auth/approle", {"type": "approle"})
        except OSError:
            self.close()
            raise

    def _wait_until_ready(self) -> None:
        """It listens some time before it is unsealed."""
        limit = time.monotonic() + 10
        while True:
            try:
                self._ask("GET", "sys/health")
            except OSError:
                if time.monotonic() > limit:
                    raise
                time.sleep(0.05)
            else:
                return

    def close(self) -> None:
        """End it."""
        self._process.stop()

    def make_key(self, name: str) -> None:
        """Make a key, or a new version of it."""
        self._ask("PUT", f"transit/keys/{name}", {})
        self._ask("PUT", f"transit/keys/{name}/rotate", {})

    def allow(self, paths: Iterable[str]) -> str:
        """Return a token for some paths."""
        made = self._ask("PUT", "auth/token/create", {"policies": [self._policy(paths)]})
        return str(made["auth"]["client_token"])

    def app_role(self, paths: Iterable[str]) -> tuple[str, str]:
        """Return role id and secret id of a new role."""
        place = f"auth/approle/role/{secrets.token_hex(4)}"
        self._ask("PUT", place, {"token_policies": [self._policy(paths)]})
        role = self._ask("GET", f"{place}/role-id")["data"]["role_id"]
        return str(role), str(self._ask("PUT", f"{place}/secret-id", {})["data"]["secret_id"])

    def wrap(self, key: str, plain: bytes) -> str:
        """Return what the engine makes of a text."""
        body = {"plaintext": b64encode(plain).decode()}
        return str(self._ask("PUT", f"transit/encrypt/{key}", body)["data"]["ciphertext"])

    def _policy(self, paths: Iterable[str]) -> str:
        name = f"p{secrets.token_hex(4)}"
        rules = "".join(f'path "{path}" {{ capabilities = ["update"] }}\n' for path in paths)
        self._ask("PUT", f"sys/policies/acl/{name}", {"policy": rules})
        return name

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-Vault-Token": ROOT}
        request = UrlRequest(f"{self.uri}/v1/{path}", data, headers, method=method)
        with urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"{}")


def is_vault(path: str) -> bool:
    """Say whether a program is Vault or OpenBao: others have the same name."""
    ran = subprocess.run([path, "version"], capture_output=True, text=True, check=False)
    return ran.stdout.startswith(("Vault v", "OpenBao v"))
