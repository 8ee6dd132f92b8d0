"""GitHub's API for installation tokens on loopback; it checks the app's signature."""

import datetime as dt
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


class GitHubApi:
    """Mints tokens for one app with one installation.

    Args:
        granted: called with each new token, such as to let a Git host accept it.
        life: seconds that a token lives.
    """

    def __init__(self, granted: Callable[[str], None], *, life: float = 3600) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._granted = granted
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.life = life
        self.status = 201
        self.claims: list[dict[str, Any]] = []
        self.api = f"http://127.0.0.1:{self._server.server_port}/api/v3"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def private_key(self) -> str:
        """The app's key in PEM."""
        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ).decode()

    def mint(self, path: str, authorization: str) -> tuple[int, dict[str, str]]:
        """Return status and body for a request."""
        try:
            claims = jwt.decode(
                authorization.removeprefix("Bearer "),
                self._key.public_key(),
                algorithms=["RS256"],
                options={"require": ["iat", "exp", "iss"]},
            )
        except jwt.PyJWTError as error:
            return 401, {"message": str(error)}
        if claims["iss"] != "app-1" or claims["exp"] - claims["iat"] > 600:
            return 401, {"message": "no such app"}
        if path != "/api/v3/app/installations/77/access_tokens":
            return 404, {"message": "no such installation"}
        if self.status != 201:
            return self.status, {"message": "not now"}
        self.claims.append(claims)
        token = f"ghs_canary{len(self.claims)}"
        self._granted(token)
        expires = dt.datetime.fromtimestamp(time.time() + self.life, dt.UTC)
        return 201, {"token": token, "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                status, body = api.mint(self.path, self.headers.get("Authorization", ""))
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler
