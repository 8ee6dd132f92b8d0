"""`spring.cloud.config.server.git.*`: the Git repository."""

from typing import Annotated

from pydantic import Field

from configserver.settings.secret import SecretText
from configserver.settings.section import LATER, Optional, Section, Texts, without_effect

Text = Annotated[str | None, Optional]
Key = Annotated[SecretText | None, Optional]
Number = Annotated[int | None, Optional]


class GitSettings(Section):
    """One Git repository: where it is, what of it is served, and how fresh it is kept."""

    uri: Text = Field(
        None,
        repr=False,
        description="Repository to serve: `file:///path`, a plain path, `https://…`, `git://…` or "
        "`ssh://…`. The packaged example if not set.",
    )
    basedir: Text = Field(
        None,
        json_schema_extra=without_effect("mirrors are kept under `configserver.state-dir`"),
        description="Working copy of the original; mirrors live in the state directory instead.",
    )
    search_paths: Texts = Field(
        (),
        description="Folders to search after the root, later ones being stronger. May hold "
        "`*`, `{application}`, `{profile}`, `{label}`.",
    )
    default_label: str = Field(
        "main", description="Branch, tag or commit that is served if none is asked for."
    )
    try_master_branch: bool = Field(
        True, description="Serve `master` if the default label is `main` and cannot be served."
    )
    refresh_rate: Number = Field(
        None,
        description="Seconds between looks at the remote. Not set: answers are at most about one "
        "second old; 0: each request waits for the newest commit; negative: never.",
    )
    timeout: int = Field(5, gt=0, description="Seconds that a clone or fetch may take in all.")
    clone_on_start: bool = Field(
        False, json_schema_extra=LATER, description="Clone before the first request."
    )
    continue_on_multiple_label_failure: bool = Field(
        False,
        description="Of several labels in one request, skip those that cannot be served.",
    )
    username: Text = Field(
        None, json_schema_extra=LATER, description="User name for HTTP basic authentication."
    )
    password: Key = Field(
        None, json_schema_extra=LATER, description="Password for HTTP basic authentication."
    )
    passphrase: Key = Field(
        None, json_schema_extra=LATER, description="Passphrase of the SSH private key."
    )
    skip_ssl_validation: bool = Field(
        False, json_schema_extra=LATER, description="Accept any TLS certificate of the remote."
    )
    strict_host_key_checking: bool = Field(
        True, json_schema_extra=LATER, description="Refuse SSH hosts that are not known."
    )
    ignore_local_ssh_settings: bool = Field(
        False, json_schema_extra=LATER, description="Take keys from here rather than `~/.ssh`."
    )
    private_key: Key = Field(None, json_schema_extra=LATER, description="SSH private key.")
    host_key: Text = Field(None, json_schema_extra=LATER, description="SSH host key.")
    host_key_algorithm: Text = Field(
        None, json_schema_extra=LATER, description="Algorithm of the SSH host key."
    )
    known_hosts_file: Text = Field(
        None, json_schema_extra=LATER, description="File of known SSH hosts."
    )
    preferred_authentications: Text = Field(
        None, json_schema_extra=LATER, description="SSH authentication methods in order."
    )
    clone_submodules: bool = Field(
        False,
        json_schema_extra=without_effect("submodules are not served"),
        description="Submodules are not served.",
    )
    force_pull: bool = Field(
        False,
        json_schema_extra=without_effect("there is no working copy that could be dirty"),
        description="For a dirty working copy; there is none here.",
    )
    delete_untracked_branches: bool = Field(
        False, description="Forget branches that the remote deleted."
    )
    order: Number = Field(None, json_schema_extra=LATER, description="Rank among several backends.")
