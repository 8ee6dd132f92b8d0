"""How a Git remote is reached: proxies, and what Spring has no names for."""

from dataclasses import dataclass
from typing import Annotated, Any

from configserver.settings.secret import Key
from configserver.settings.section import (
    File,
    Files,
    Text,
    Texts,
    optional,
    section,
    setting,
    split_at_commas,
    whole_number,
)


def _hosts(value: Any) -> tuple[str, ...]:
    return split_at_commas(value.replace("|", ",") if isinstance(value, str) else value)


@dataclass(frozen=True, kw_only=True)
class ProxySettings:
    """An HTTP proxy; none without a host."""

    host: Text = setting(None, description="Name or address of the proxy; none if not set.")
    port: Annotated[int, whole_number(1, 65535)] = setting(0, description="Port of the proxy.")
    non_proxy_hosts: Annotated[tuple[str, ...], _hosts] = setting(
        (), description="Hosts that are reached without it: `*.example.com`, several with `|`."
    )
    username: Text = setting(None, description="User name for the proxy itself.")
    password: Key = setting(None, description="Password for the proxy itself.")


@dataclass(frozen=True, kw_only=True)
class Proxies:
    """The proxy for each scheme; one alone serves both."""

    http: ProxySettings = section(ProxySettings)
    https: ProxySettings = section(ProxySettings)


@dataclass(frozen=True, kw_only=True)
class GitHubAppSettings:
    """A GitHub App whose installation tokens are used; none without an id."""

    app_id: Text = setting(None, description="Id of a GitHub App, or its client id.")
    installation_id: Text = setting(
        None, description="Id of its installation that may read the repository."
    )
    private_key: Key = setting(None, description="Its private key, in PEM form.")
    private_key_file: File = setting(None, description="File of its private key.")
    api: str = setting("https://api.github.com", description="Base of GitHub's API.")


@dataclass(frozen=True, kw_only=True)
class RemoteSettings:
    """What a Git repository can have beyond Spring's names."""

    token: Key = setting(
        None, description="Access token, sent as the password of HTTP basic authentication."
    )
    bearer: Key = setting(None, description="Token that is sent as `Authorization: Bearer`.")
    token_file: File = setting(
        None, description="File of the token, read anew when it changes, as those below."
    )
    bearer_file: File = setting(None, description="File of the bearer token.")
    password_file: File = setting(None, description="File of the password.")
    passphrase_file: File = setting(None, description="File of the SSH keys' passphrase.")
    credential_helper: Text = setting(
        None,
        shown=False,
        description="Command that speaks Git's credential protocol: `store`, `/opt/helper --x`.",
    )
    github_app: GitHubAppSettings = section(GitHubAppSettings)
    private_key_files: Files = setting(
        (), description="Files of SSH private keys, tried in this order."
    )
    ca_file: File = setting(
        None, description="PEM file of CAs that are trusted besides the system's."
    )
    client_certificate: File = setting(None, description="PEM file of a TLS client certificate.")
    client_key: File = setting(
        None, description="PEM file of its key; not needed if the certificate's file holds it."
    )
    fallback_uris: Texts = setting(
        (),
        shown=False,
        description="Further URIs of the same repository, asked in order when it is down.",
    )
    max_stale: Annotated[int | None, optional(whole_number(0))] = setting(
        None,
        description="Seconds since the remote was last seen after which requests get 503. "
        "Not set: the last state is served for as long as it takes.",
    )


@dataclass(frozen=True, kw_only=True)
class TopRemoteSettings(RemoteSettings):
    """What a Git repository can have beyond Spring's names, `fall-through` if it is not nested."""

    fall_through: bool = setting(
        False,
        description="When the repository that a request matches fails, ask the default one "
        "without a word, as the original does.",
    )
