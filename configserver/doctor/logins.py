"""Which credential is used for a remote: its kind and where it is from, never its value; pure."""

from collections.abc import Mapping

from configserver.backends.git.access import Access
from configserver.backends.git.faults import Fault
from configserver.doctor.endpoint import Endpoint


def credential_of(endpoint: Endpoint, access: Access, origins: Mapping[str, str]) -> str | None:
    """Describe what is offered to a remote that wants to know who asks.

    Args:
        endpoint: the remote.
        access: everything else that may hold some.
        origins: where fields of `access` were set.

    Returns:
        Such as `the password of user 'bot' (application.yml:12)`, or None if there is none.
    """
    if endpoint.scheme == "ssh":
        return _ssh(endpoint, access, origins)
    if endpoint.scheme == "git":
        return None
    return next((text for there, text in _http(endpoint, access, origins) if there), None)


def accepted(credential: str | None, plain: int | None, *, sure: bool) -> str:
    """Say that a host let us in.

    Args:
        credential: what was offered.
        plain: the HTTP status that it answers to those who offer nothing.
        sure: whether the repository could be listed.
    """
    if plain == 200:
        return "everybody may read" + (f"; not needed: {credential}" if credential else "")
    if not sure:
        return f"not refused: {credential or 'no credentials'}"
    return f"accepted: {credential}" if credential else "no credentials are needed"


def refusal(fault: Fault, credential: str | None, *, http: bool) -> str:
    """Say what became of a credential: unknown to the host, or known but without the right."""
    offered = credential or "no credentials"
    match fault:
        case Fault.LOGIN:
            return f"not accepted{' (401)' if http else ''}: {offered}"
        case Fault.FORBIDDEN:
            return f"not allowed{' (403)' if http else ''}: {offered}"
        case Fault.CREDENTIALS:
            return f"cannot be had: {offered}"
    return f"not known whether accepted: {offered}"


def _http(
    endpoint: Endpoint, access: Access, origins: Mapping[str, str]
) -> list[tuple[object, str]]:
    """Return what could be used and whether it is there; the first that is there counts."""
    user, has_password = endpoint.user, endpoint.has_password
    # A user without a password may be a token.
    name = access.username or (user if has_password else None)
    of = f" of user '{name}'" if name else ""
    app, helper = access.github_app, access.credential_helper
    named = access.username or user
    return [
        (access.bearer_file, f"the bearer token in {access.bearer_file}"),
        (access.bearer, f"the bearer token{_from(origins, 'bearer')}"),
        (access.token_file, f"the token{of} in {access.token_file}"),
        (access.token, f"the token{of}{_from(origins, 'token')}"),
        (named and access.password_file, f"the password{of} in {access.password_file}"),
        (named and access.password, f"the password{of}{_from(origins, 'password')}"),
        (has_password, f"the password{of} in the URI"),
        (app, f"a token of the GitHub App {app.app_id}" if app else ""),
        (helper, f"what the helper '{_program(helper or '')}' says"),
        (user, "the user in the URI, without a password"),
        (access.client_certificate, f"the client certificate {access.client_certificate}"),
    ]


def _ssh(endpoint: Endpoint, access: Access, origins: Mapping[str, str]) -> str:
    user = f" as user '{endpoint.user}'" if endpoint.user else ""
    keys = [f"the key{_from(origins, 'private_key')}"] if access.private_key else []
    keys += [f"the key {file}" for file in access.private_key_files]
    if not keys and access.local_ssh:
        keys = ["the agent and the keys of ~/.ssh"]
    if endpoint.has_password:
        keys.append("the password in the URI")
    elif not keys and access.password:
        keys = [f"the password{_from(origins, 'password')}"]
    return (", ".join(keys) or "no key") + user


def _program(command: str) -> str:
    """Return the first word of a command: the others may be secrets."""
    return (command.split() or [""])[0]


def _from(origins: Mapping[str, str], field: str) -> str:
    return f" ({origins[field]})" if field in origins else ""
