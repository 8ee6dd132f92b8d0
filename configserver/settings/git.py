"""`spring.cloud.config.server.git.*`: the Git repository."""

from dataclasses import dataclass
from typing import Annotated

from configserver.settings.secret import Key
from configserver.settings.section import (
    LATER,
    Number,
    Text,
    Texts,
    setting,
    whole_number,
    without_effect,
)


@dataclass(frozen=True, kw_only=True)
class GitSettings:
    """One Git repository: where it is, what of it is served, and how fresh it is kept."""

    uri: Text = setting(
        None,
        shown=False,
        description="Repository to serve: `file:///path`, a plain path, `https://…`, `git://…` or "
        "`ssh://…`. The packaged example if not set.",
    )
    basedir: Text = setting(
        None,
        effect=without_effect("mirrors are kept under `configserver.state-dir`"),
        description="Working copy of the original; mirrors live in the state directory instead.",
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
        5, description="Seconds that a clone or fetch may take in all."
    )
    clone_on_start: bool = setting(
        False, effect=LATER, description="Clone before the first request."
    )
    continue_on_multiple_label_failure: bool = setting(
        False,
        description="Of several labels in one request, skip those that cannot be served.",
    )
    username: Text = setting(
        None, effect=LATER, description="User name for HTTP basic authentication."
    )
    password: Key = setting(
        None, effect=LATER, description="Password for HTTP basic authentication."
    )
    passphrase: Key = setting(None, effect=LATER, description="Passphrase of the SSH private key.")
    skip_ssl_validation: bool = setting(
        False, effect=LATER, description="Accept any TLS certificate of the remote."
    )
    strict_host_key_checking: bool = setting(
        True, effect=LATER, description="Refuse SSH hosts that are not known."
    )
    ignore_local_ssh_settings: bool = setting(
        False, effect=LATER, description="Take keys from here rather than `~/.ssh`."
    )
    private_key: Key = setting(None, effect=LATER, description="SSH private key.")
    host_key: Text = setting(None, effect=LATER, description="SSH host key.")
    host_key_algorithm: Text = setting(
        None, effect=LATER, description="Algorithm of the SSH host key."
    )
    known_hosts_file: Text = setting(None, effect=LATER, description="File of known SSH hosts.")
    preferred_authentications: Text = setting(
        None, effect=LATER, description="SSH authentication methods in order."
    )
    clone_submodules: bool = setting(
        False,
        effect=without_effect("submodules are not served"),
        description="Submodules are not served.",
    )
    force_pull: bool = setting(
        False,
        effect=without_effect("there is no working copy that could be dirty"),
        description="For a dirty working copy; there is none here.",
    )
    delete_untracked_branches: bool = setting(
        False, description="Forget branches that the remote deleted."
    )
    order: Number = setting(None, effect=LATER, description="Rank among several backends.")
