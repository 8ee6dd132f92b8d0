"""The ssh program, its arguments and its environment, of which none is a secret."""

import json
import math
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from configserver.backends.git.access import Access, Proxy
from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport import tunnel
from configserver.backends.git.transport.hidden import HiddenFiles
from configserver.backends.git.transport.ssh_address import SshAddress
from configserver.backends.git.transport.ssh_hosts import host_options
from configserver.backends.git.transport.ssh_keys import Keys
from configserver.secret import Secret

_METHODS: Final = re.compile(r"[a-z0-9-]+(,[a-z0-9-]+)*")
_SHELL: Final = re.compile(r"[|&;<>()$`\\\"'*?\[#~=%{\n]")
_ASKED: Final = "#!/bin/sh\nexec cat {}\n"
_ALWAYS: Final = {
    "LogLevel": "DEBUG1",  # says which keys were offered, and the key of an unknown host
    "ControlMaster": "no",  # a shared connection would outlive this one, and have another's key
    "ControlPath": "none",
    "ClearAllForwardings": "yes",
    "PermitLocalCommand": "no",
    "RemoteCommand": "none",
    "ForwardAgent": "no",
    "ForwardX11": "no",
    "RequestTTY": "no",
    "EscapeChar": "none",
    "SendEnv": "GIT_PROTOCOL",
    "ConnectionAttempts": "1",
    "ServerAliveCountMax": "1",
}


def program(access: Access, environ: Mapping[str, str]) -> tuple[list[str], bool]:
    """Return the words that start ssh, and whether it is one that knows ssh's options.

    As Git does, GIT_SSH_COMMAND and then GIT_SSH are obeyed, unless keys are configured.
    """
    keys = (access.private_key, access.private_key_files, access.passphrase, access.passphrase_file)
    if not access.local_ssh or any(keys):
        return ["ssh"], True
    command = environ.get("GIT_SSH_COMMAND", "").strip()
    if command:
        try:
            words = shlex.split(command)
        except ValueError:
            words = command.split()
        named = next((word for word in words if "=" not in word), "")
        if _SHELL.search(command):
            words = ["/bin/sh", "-c", f'{command} "$@"', command]
        return words, Path(named).name == "ssh"
    single = environ.get("GIT_SSH")
    return ([single], Path(single).name == "ssh") if single else (["ssh"], True)


def place(address: SshAddress) -> list[str]:
    """Return the arguments that name the host."""
    host = address.host if address.user is None else f"{address.user}@{address.host}"
    return ["-p", str(address.port), host] if address.port else [host]


def options(access: Access, keys: Keys, hidden: HiddenFiles, *, timeout: float) -> list[str]:
    """Return ssh's options for everything but the keys themselves.

    Raises:
        Unreachable: a setting is not what ssh can be given.
    """
    named = {
        **_ALWAYS,
        "BatchMode": "yes",
        "ConnectTimeout": str(max(1, math.ceil(timeout))),
        "ServerAliveInterval": str(max(1, int(timeout / 2))),
        **host_options(access, hidden),
    }
    if keys.usable and not keys.default:
        named["IdentitiesOnly"] = "yes"
    if not access.local_ssh:
        named["IdentityAgent"] = "none"
        if not keys.usable:
            named["IdentityFile"] = "none"
    if access.preferred_authentications:
        methods = "".join(access.preferred_authentications.split()).lower()
        if not _METHODS.fullmatch(methods):
            raise Unreachable(
                "git.preferred-authentications is no list of methods with commas",
                fault=Fault.CREDENTIALS,
            )
        named["PreferredAuthentications"] = methods
    config = [] if access.local_ssh else ["-F", "none"]
    return ["-T", *config, *_given(named)]


def password_options(password: Secret, hidden: HiddenFiles) -> tuple[list[str], dict[str, str]]:
    """Return options and environment with which ssh gets a password from a program of ours."""
    secret = hidden.add(password.reveal().encode() + b"\n")
    asked = hidden.add(_ASKED.format(shlex.quote(secret)).encode(), program=True)
    environment = {"SSH_ASKPASS": asked, "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":none"}
    return _given({"BatchMode": "no", "NumberOfPasswordPrompts": "1"}), environment


def proxy_options(
    proxy: Proxy, access: Access, hidden: HiddenFiles, *, timeout: float
) -> list[str]:
    """Return the option with which ssh is connected through an HTTP proxy."""
    login = None
    if proxy.username is not None:
        login = f"{proxy.username}:{proxy.password.reveal() if proxy.password else ''}"
    settings = {
        "host": proxy.host,
        "port": proxy.port,
        "tls": proxy.tls,
        "verify": access.verify_tls,
        "ca_file": access.ca_file,
        "authorization": login,
        "timeout": timeout * 0.9,  # to be told apart from a host that is silent
    }
    file = hidden.add(json.dumps(settings).encode())
    words = [sys.executable, "-I", "-S", tunnel.__file__, file]
    command = shlex.join(words).replace("%", "%%")
    return _given({"ProxyCommand": f"{command} %h %p"})


def proxy_for(access: Access, host: str) -> Proxy | None:
    """Return the proxy through which a host is reached, None if it is reached directly."""
    proxy = access.http_proxy or access.https_proxy
    if proxy is None or any(_matches(pattern, host) for pattern in proxy.exceptions):
        return None
    return proxy


def _matches(pattern: str, host: str) -> bool:
    parts = (re.escape(part) for part in pattern.strip().strip("[]").split("*"))
    return re.fullmatch(".*".join(parts), host, re.IGNORECASE) is not None


def _given(named: Mapping[str, str]) -> list[str]:
    return [part for name, value in named.items() for part in ("-o", f"{name}={value}")]
