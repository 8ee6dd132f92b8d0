"""How a remote is reached: credentials, keys, certificates, proxies; plain values."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from configserver.secret import Secret


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy.

    Attributes:
        host: its name or address.
        port: where it listens.
        tls: whether it is spoken to in TLS.
        username: for the proxy itself, with `password`.
        password: see `username`.
        exceptions: hosts that are reached without it, as Java writes them: `*.example.com`.
    """

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: Secret | None = None
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GitHubApp:
    """An app whose installation tokens are used; one of the keys is given.

    Attributes:
        app_id: its id or client id.
        installation_id: of the installation that may read the repository.
        private_key: PEM text.
        private_key_file: a file with it, read anew for each token.
        api: base of GitHub's API.
    """

    app_id: str
    installation_id: str
    private_key: Secret | None = None
    private_key_file: str | None = None
    api: str = "https://api.github.com"


@dataclass(frozen=True, slots=True)
class Access:
    """Everything beside its URI that decides how a remote is talked to.

    Attributes:
        username: for HTTP basic authentication, with `password`; with `token` what the host wants
            as its user.
        password: see `username`.
        token: sent as the password of HTTP basic authentication.
        bearer: sent as `Authorization: Bearer`.
        password_file: file that holds the password; read anew when it changes. The same below.
        token_file: see `password_file`.
        bearer_file: see `password_file`.
        credential_helper: a command that speaks Git's credential protocol.
        github_app: where installation tokens come from.
        private_key: SSH private key, PEM or OpenSSH.
        private_key_files: files of SSH private keys, tried in this order.
        passphrase: of the SSH keys.
        passphrase_file: see `password_file`.
        host_key: the SSH host's key in base64, with `host_key_algorithm`.
        host_key_algorithm: such as `ssh-ed25519`.
        known_hosts_file: further known SSH hosts.
        strict_host_keys: refuse SSH hosts that are not known.
        local_ssh: use `~/.ssh` and the agent, too.
        preferred_authentications: SSH methods with commas.
        verify_tls: check the remote's certificate.
        ca_file: certificates of CAs that are trusted besides the system's.
        client_certificate: file of our own certificate.
        client_key: file of its key, None if that is in the same file.
        http_proxy: for `http:` remotes, and without the other for `https:` too; and vice versa.
        https_proxy: see `http_proxy`.
    """

    username: str | None = None
    password: Secret | None = None
    token: Secret | None = None
    bearer: Secret | None = None
    password_file: str | None = None
    token_file: str | None = None
    bearer_file: str | None = None
    credential_helper: str | None = None
    github_app: GitHubApp | None = None
    private_key: Secret | None = None
    private_key_files: tuple[str, ...] = ()
    passphrase: Secret | None = None
    passphrase_file: str | None = None
    host_key: str | None = None
    host_key_algorithm: str | None = None
    known_hosts_file: str | None = None
    strict_host_keys: bool = True
    local_ssh: bool = True
    preferred_authentications: str | None = None
    verify_tls: bool = True
    ca_file: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None
    http_proxy: Proxy | None = None
    https_proxy: Proxy | None = None

    def message(self) -> dict[str, Any]:
        """Return it with secrets in plain text: for the pipe to the worker, and nothing else."""
        message: dict[str, Any] = asdict(self, dict_factory=_plain)
        return message

    @classmethod
    def of(cls, message: dict[str, Any]) -> Self:
        """Return what `message` was made of."""
        app, http, https = (message[name] for name in ("github_app", "http_proxy", "https_proxy"))
        given = {
            **message,
            "github_app": app and GitHubApp(**_hidden(app)),
            "http_proxy": http and _proxy(http),
            "https_proxy": https and _proxy(https),
            "private_key_files": tuple(message["private_key_files"]),
        }
        return cls(**_hidden(given))


_SECRETS = ("password", "token", "bearer", "private_key", "passphrase")


def _plain(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """Undo what `asdict` makes of a Secret, which is a dataclass too."""
    if [name for name, _ in fields] == ["_text"]:
        return dict(fields)
    return {
        name: value["_text"] if name in _SECRETS and value is not None else value
        for name, value in fields
    }


def _hidden(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: Secret(value) if name in _SECRETS and value is not None else value
        for name, value in fields.items()
    }


def _proxy(fields: dict[str, Any]) -> Proxy:
    return Proxy(**_hidden({**fields, "exceptions": tuple(fields["exceptions"])}))
