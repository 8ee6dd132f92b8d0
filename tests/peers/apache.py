"""The configuration of an Apache that serves Git, and asks a file how to answer."""

import os
from pathlib import Path

from tests.peers.authority import Certificate

MODULES = Path("/usr/lib/apache2/modules")
BACKEND = Path("/usr/lib/git-core/git-http-backend")
STATUSES = (400, 401, 403, 404, 410, 429, 500, 502, 503)
_LOADED = (
    *("mpm_prefork", "authn_core", "authn_file", "auth_basic", "authz_core", "authz_user"),
    *("alias", "env", "setenvif", "cgi", "rewrite", "ssl"),
)


def configuration(
    home: Path,
    *,
    folder: Path,
    port: int,
    login: bool,
    tls: Certificate | None,
    client_ca: Path | None,
) -> str:
    """Return the text of a configuration.

    Args:
        home: a folder with the files `state`, `users` and `page.html`, and as root `backend`.
        folder: the repositories.
        port: where to listen, on loopback.
        login: whether one of the users has to log in.
        tls: certificate to speak TLS with.
        client_ca: CA of the client certificates that are then demanded.
    """
    backend = home / "backend" if os.geteuid() == 0 else BACKEND
    lines = [
        f"ServerRoot {home}",
        "ServerName localhost",
        f"Listen 127.0.0.1:{port}",
        f"PidFile {home}/pid",
        f"DefaultRuntimeDir {home}",
        f"Mutex file:{home}",
        *(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in _LOADED),
        *("StartServers 2", "MaxRequestWorkers 32", "KeepAliveTimeout 30"),
        f"ErrorLog {home}/errors",
        r'LogFormat "%m\t%U%q\t%>s\t%{Authorization}i\t%k\t%{Git-Protocol}i" peer',
        f"CustomLog {home}/requests peer",
        *_rules(home),
        f"Alias /page-of-html {home}/page.html",
        f"SetEnv GIT_PROJECT_ROOT {folder}",
        "SetEnv GIT_HTTP_EXPORT_ALL 1",
        "SetEnv GIT_CONFIG_COUNT 1",
        "SetEnv GIT_CONFIG_KEY_0 safe.directory",
        "SetEnv GIT_CONFIG_VALUE_0 *",
        'SetEnvIf Git-Protocol "(.+)" GIT_PROTOCOL=$1',
        f"ScriptAlias / {backend}/",
        *_guards(home, login=login),
        *_encryption(tls, client_ca),
    ]
    return "\n".join(lines) + "\n"


def _rules(home: Path) -> list[str]:
    """Return rules that ask the state file, so that answers change without a restart."""
    rules = ["RewriteEngine On", f"RewriteMap state txt:{home}/state"]
    for status in STATUSES:
        rules += [f"RewriteCond ${{state:status}} ={status}", f"RewriteRule ^ - [R={status},L]"]
    return [
        *rules,
        "RewriteCond ${state:redirect} (.+)",
        "RewriteRule ^/(.*)$ %1/$1 [R=302,L]",
        "RewriteCond ${state:lead} (.+)",
        "RewriteRule ^ %1? [R=302,L]",
        "RewriteRule ^/moved/(.*)$ /$1 [R=301,L]",
        "RewriteCond ${state:page} =on",
        "RewriteRule ^ /page-of-html [PT,L]",
        "RewriteCond ${state:bearer} (.+)",
        r"RewriteCond %{HTTP:Authorization}::%1 !^Bearer\ (.+)::\1$",
        "RewriteRule ^ - [R=401,L]",
    ]


def _guards(home: Path, *, login: bool) -> list[str]:
    guard = ["Require all granted"]
    if login:
        guard = [
            *("AuthType Basic", "AuthName Git", "AuthBasicProvider file"),
            *(f"AuthUserFile {home}/users", "Require valid-user"),
        ]
    return [
        *("<Location />", *guard, "</Location>"),
        *("<Location /page-of-html>", "ForceType text/html", "</Location>"),
    ]


def _encryption(tls: Certificate | None, client_ca: Path | None) -> list[str]:
    if tls is None:
        return []
    lines = [
        *("SSLEngine on", "SSLSessionCache none"),
        *(f"SSLCertificateFile {tls.file}", f"SSLCertificateKeyFile {tls.key}"),
    ]
    if client_ca is not None:
        lines += ["SSLVerifyClient require", f"SSLCACertificateFile {client_ca}"]
    return lines
