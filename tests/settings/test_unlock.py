"""The server's own settings may be ciphers, read with the keys that stand beside them."""

import re
from pathlib import Path

import pytest

from configserver.app.keys.encryption import unlock
from configserver.cli.config import shown
from configserver.encryption.symmetric import SymmetricCipher
from configserver.errors import SettingsError
from configserver.settings.bind import Bound
from configserver.settings.collect import Entry
from configserver.settings.load import load

KEY = "a key that nobody guesses"
GIT = "spring.cloud.config.server.git"
CIPHER = "{cipher}" + SymmetricCipher(KEY, "deadbeef", bytes).encrypt("canary")
STORES = Path(__file__).parents[1] / "encryption" / "stores"


DOCUMENT = Path(__file__).parents[2] / "docs" / "encryption.md"
BLOCKS = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)


def loaded(tmp_path: Path, text: str, **environ: str) -> Bound:
    file = tmp_path / "application.yml"
    file.write_text(text)
    return load(environ={"HOME": "/root", **environ}, file=file, unlock=unlock)


@pytest.mark.parametrize(
    ("text", "environ"),
    [
        (f"encrypt.key: {KEY}\n{GIT}.password: '{CIPHER}'", {}),
        (f"{GIT}.password: '{CIPHER}'", {"ENCRYPT_KEY": KEY}),
        (f"encrypt.key: ${{K}}\n{GIT}.password: '{CIPHER}'", {"K": KEY}),
        (f"encrypt.key: {KEY}", {"SPRING_CLOUD_CONFIG_SERVER_GIT_PASSWORD": CIPHER}),
        (f"encrypt.key: {KEY}\n{GIT}.password: ${{PW}}", {"PW": CIPHER}),
        (f"encrypt.key: {KEY}\nmy.own: '{CIPHER}'\n{GIT}.password: ${{my.own}}", {}),
        (f"{GIT}.password: '{CIPHER}'", {"CONFIGSERVER_ENCRYPT_KEYS_MAIN_KEY": KEY}),
        (f"encrypt.key: {KEY}\n{GIT}.password: '{{cipher}}{{key:x}}{CIPHER[8:]}'", {}),
    ],
)
def test_a_cipher_is_read_with_the_key_beside_it(
    tmp_path: Path, text: str, environ: dict[str, str]
) -> None:
    """From a file, a variable, or through a placeholder."""
    bound = loaded(tmp_path, text, **environ)
    assert bound.settings.git.password is not None
    assert bound.settings.git.password.reveal() == "canary"
    assert not bound.warnings


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        (f"{GIT}.username", CIPHER),
        (f"{GIT}.uri", "https://${PW}@example.com/x"),
        (f"{GIT}.search-paths[1]", CIPHER),
        ("spring.cloud.config.server.overrides.a.b", CIPHER),
    ],
)
def test_what_was_decrypted_is_not_shown(tmp_path: Path, setting: str, value: str) -> None:
    """Whatever the setting: an operator who encrypts it does not want to see it."""
    bound = loaded(
        tmp_path, f"encrypt.key: {KEY}\n{GIT}.search-paths[0]: x\n{setting}: '{value}'", PW=CIPHER
    )
    text = "\n".join(f"{row.name} = {shown(row.value)}" for row in bound.effective)
    assert "canary" not in text
    assert "= ******" in text
    git = bound.settings.git
    assert "canary" in f"{git.uri} {git} {bound.settings.serving.overrides}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{GIT}.password: '{CIPHER}'", "no key is set"),
        (f"encrypt.key: another key\n{GIT}.password: '{CIPHER}'", "no cipher of this key"),
        (f"encrypt.key: {KEY}\n{GIT}.password: '{{cipher}}'", "no cipher of this key"),
        (f"encrypt.key: {KEY}\n{GIT}.password: '{{cipher}}zz'", "no cipher of this key"),
        (f"encrypt.key: '{CIPHER}'\n{GIT}.password: x", "needed to decrypt"),
        (f"encrypt.key: ssh-rsa A\n{GIT}.password: '{CIPHER}'", "is a public key"),
    ],
)
def test_a_cipher_that_stays_closed_ends_the_start(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason) as caught:
        loaded(tmp_path, text)
    assert "password" in str(caught.value) or "encrypt.key" in str(caught.value)
    assert CIPHER[8:] not in str(caught.value)


def test_it_is_empty_if_that_is_no_error(tmp_path: Path) -> None:
    """So that a cipher is never taken for a password."""
    bound = loaded(
        tmp_path, f"encrypt.fail-on-error: false\n{GIT}.username: u\n{GIT}.password: '{CIPHER}'"
    )
    assert bound.settings.git.password is None
    (warning,) = bound.warnings
    assert "application.yml:3" in warning
    assert f"{GIT}.password is a cipher that cannot be decrypted, and empty" in warning


def test_a_key_store_opens_settings_too(tmp_path: Path) -> None:
    store = "\n".join(
        (
            f"encrypt.key-store.location: {STORES / 'recorded.jks'}",
            "encrypt.key-store.password: letmein-store",
            "encrypt.key-store.alias: mainkey",
            "encrypt.key-store.secret: main-pass-1",
        )
    )
    with pytest.raises(SettingsError, match="no cipher of this key"):
        loaded(tmp_path, f"{store}\n{GIT}.password: '{CIPHER}'")


def test_names_that_are_none_of_ours_may_hold_anything(tmp_path: Path) -> None:
    assert not loaded(tmp_path, "spring.security.user.password: '{cipher}zz'").warnings


def test_without_a_way_to_decrypt_ciphers_stay(tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    file.write_text(f"{GIT}.password: '{CIPHER}'")
    password = load(environ={"HOME": "/root"}, file=file).settings.git.password
    assert password is not None
    assert password.reveal() == CIPHER


@pytest.mark.parametrize(
    ("name", "text", "warned"),
    [
        ("encrypt.key", KEY, True),
        ("encrypt.keyStore.password", KEY, True),
        ("configserver.encrypt.keys.a.key", KEY, True),
        (f"{GIT}.password", KEY, True),
        (f"{GIT}.password", "${PW}", False),
        (f"{GIT}.uri", "file:/x", False),
        ("server.port", "x", False),
        ("no.such", KEY, False),
    ],
)
def test_secrets_among_the_arguments_are_warned_of(name: str, text: str, warned: bool) -> None:
    entries = [Entry(name, text, f"--set {name}")]
    if name == "server.port":
        with pytest.raises(SettingsError):
            load(environ={"HOME": "/root", "PW": "x"}, options=iter(entries))
        return
    warnings = load(environ={"HOME": "/root", "PW": "x"}, options=iter(entries)).warnings
    assert [f"--set {name}: everybody" in one for one in warnings] == [True] * warned
    assert KEY not in "".join(warnings)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_what_the_documentation_shows_can_be_set(tmp_path: Path, block: str) -> None:
    bound = loaded(tmp_path, block, SECRET_KEY="foo")
    assert not bound.warnings
    if bound.settings.ring.keys:
        assert list(bound.settings.ring.keys) == ["payments", "key-2026", "key-2025"]
    else:
        assert bound.settings.git.password is not None
        assert bound.settings.git.password.reveal() == "SUPER SECRET"
