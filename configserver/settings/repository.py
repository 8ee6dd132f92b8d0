"""What every Git repository has, nested or not."""

from dataclasses import dataclass, field
from typing import Annotated

from configserver.settings.remote import Proxies, RemoteSettings
from configserver.settings.secret import Key
from configserver.settings.section import (
    File,
    Folder,
    Number,
    Text,
    Texts,
    section,
    setting,
    whole_number,
    without_effect,
)


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class RepositorySettings:
    """The settings of a repository, for the models that are made of it."""

    uri: Text = setting(
        None,
        shown=False,
        description="Repository to serve: `file:///path`, a plain path, `https://…`, `git://…`, "
        "`ssh://…` or `user@host:path`. Its path may hold `{application}`, `{profile}`, `{label}`.",
    )
    basedir: Folder = setting(
        None,
        description="Folder under which the mirror is kept, instead of "
        "`configserver.state-dir`. Unlike the original's it is never wiped.",
    )
    search_paths: Texts = setting(
        (),
        description="Folders to search after the root, later ones being stronger. May hold "
        "`*`, `{application}`, `{profile}`, `{label}`.",
    )
    default_label: str = setting(
        "main", description="Branch, tag or commit that is served if none is asked for."
    )
    try_master_branch: bool = setting(
        True, description="Serve `master` if the default label is `main` and cannot be served."
    )
    refresh_rate: Number = setting(
        None,
        description="Seconds between looks at the remote. Not set: answers are at most about one "
        "second old; 0: each request waits for the newest commit; negative: never.",
    )
    timeout: Annotated[int, whole_number(1)] = setting(
        5,
        description="Seconds until the remote must have answered, and that each later wait for "
        "it may take.",
    )
    clone_on_start: bool = setting(
        False, description="Clone before the first request; without it, at the first one."
    )
    continue_on_multiple_label_failure: bool = setting(
        False,
        description="Of several labels in one request, skip those that cannot be served.",
    )
    username: Text = setting(None, description="User name for HTTP basic authentication.")
    password: Key = setting(None, description="Password for HTTP basic authentication.")
    passphrase: Key = setting(None, description="Passphrase of the SSH private key.")
    skip_ssl_validation: bool = setting(
        False, description="Accept any TLS certificate of the remote."
    )
    strict_host_key_checking: bool = setting(
        True, description="Refuse SSH hosts that are not known."
    )
    ignore_local_ssh_settings: bool = setting(
        False, description="Take SSH keys from the settings alone, not from `~/.ssh`."
    )
    private_key: Key = setting(None, description="SSH private key, in PEM or OpenSSH form.")
    host_key: Text = setting(
        None, description="Key of the SSH host in base64, with `host-key-algorithm`."
    )
    host_key_algorithm: Text = setting(
        None,
        description="`ssh-ed25519`, `ssh-rsa`, `ssh-dss`, `rsa-sha2-256`, `rsa-sha2-512` or "
        "`ecdsa-sha2-nistp256`, `…384`, `…521`.",
    )
    known_hosts_file: File = setting(None, description="File of known SSH hosts; must exist.")
    preferred_authentications: Text = setting(
        None, description="SSH authentication methods in order, with commas."
    )
    clone_submodules: bool = setting(
        False,
        effect=without_effect("submodules are not served"),
        description="Submodules are not served.",
    )
    force_pull: bool = setting(
        False,
        description="A force-pushed branch is always followed, and logged as an event; there is "
        "no working copy that could be dirty.",
    )
    delete_untracked_branches: bool = setting(
        False, description="Forget branches that the remote deleted."
    )
    order: Number = setting(
        None, description="Rank among several backends: lower goes first, those without go last."
    )
    proxy: Proxies = section(Proxies)


@dataclass(frozen=True, kw_only=True)
class NestedGitSettings(RepositorySettings):
    """A repository for the applications and profiles that its patterns name.

    Attributes:
        given: the fields that were set; what is not is taken from the repository above it.
    """

    pattern: Texts = setting(
        (),
        description="Which `application/profile` it serves: `shop`, `*/dev`, `team-*/prod*`. "
        "Not set: the application that it is named after.",
    )
    name: str = setting("", description="Name of the repository; not set: its key.")
    own: RemoteSettings = section(RemoteSettings, ours=True)
    given: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
