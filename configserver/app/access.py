"""From settings to how a remote is reached."""

from configserver.backends.git.access import Access, GitHubApp, Proxy
from configserver.settings.git import GitSettings
from configserver.settings.remote import GitHubAppSettings, ProxySettings
from configserver.settings.repository import NestedGitSettings


def access_of(git: GitSettings | NestedGitSettings) -> Access:
    """Return what the settings of a repository, filled from those above it, say."""
    own = git.own
    return Access(
        username=git.username,
        password=git.password,
        token=own.token,
        bearer=own.bearer,
        password_file=own.password_file,
        token_file=own.token_file,
        bearer_file=own.bearer_file,
        credential_helper=own.credential_helper,
        github_app=_app(own.github_app),
        private_key=git.private_key,
        private_key_files=own.private_key_files,
        passphrase=git.passphrase,
        passphrase_file=own.passphrase_file,
        host_key=git.host_key,
        host_key_algorithm=git.host_key_algorithm,
        known_hosts_file=git.known_hosts_file,
        strict_host_keys=git.strict_host_key_checking,
        local_ssh=not git.ignore_local_ssh_settings,
        preferred_authentications=git.preferred_authentications,
        verify_tls=not git.skip_ssl_validation,
        ca_file=own.ca_file,
        client_certificate=own.client_certificate,
        client_key=own.client_key,
        http_proxy=_proxy(git.proxy.http, tls=False),
        https_proxy=_proxy(git.proxy.https, tls=True),
    )


def _app(app: GitHubAppSettings) -> GitHubApp | None:
    if app.app_id is None or app.installation_id is None:
        return None
    return GitHubApp(
        app_id=app.app_id,
        installation_id=app.installation_id,
        private_key=app.private_key,
        private_key_file=app.private_key_file,
        api=app.api,
    )


def _proxy(proxy: ProxySettings, *, tls: bool) -> Proxy | None:
    """Return a proxy; the one of `proxy.https` is spoken to in TLS, as by the original."""
    if proxy.host is None:
        return None
    return Proxy(
        host=proxy.host,
        port=proxy.port,
        tls=tls,
        username=proxy.username,
        password=proxy.password,
        exceptions=proxy.non_proxy_hosts,
    )
