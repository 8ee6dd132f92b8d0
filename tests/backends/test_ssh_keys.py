"""SSH keys as people configure them: all kinds and forms, pasted in every way, locked or not."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from configserver.backends.git.access import Access
from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport.ssh_keys import read_keys, unlocked
from configserver.secret import Secret
from tests.backends.ssh_cases import KINDS_AND_FORMATS, PASSPHRASE, private, public


def public_of(text: bytes) -> str:
    held = load_ssh_private_key(text, None).public_key()
    return held.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize(("kind", "form"), KINDS_AND_FORMATS)
def test_every_kind_and_form_with_and_without_a_passphrase(
    kind: str, form: str, locked: bool
) -> None:
    text = private(kind, form, locked=locked)
    assert public_of(unlocked(text, "k", PASSPHRASE.encode())) == public(kind)


CURVE = "-----BEGIN EC PARAMETERS-----\nBggq\n-----END EC PARAMETERS-----\n"
PASTED: dict[str, Callable[[str], str]] = {
    "literal line ends": lambda text: text.replace("\n", r"\n"),
    "literal Windows line ends": lambda text: text.replace("\n", r"\r\n"),
    "Windows line ends": lambda text: text.replace("\n", "\r\n"),
    "blanks around": lambda text: f"\n\n   {text}   \n",
    "indented": lambda text: text.replace("\n", "\n      "),
    "folded into one line": lambda text: text.replace("\n", " "),
    "no line end at the end": str.strip,
    "text before": lambda text: f"Bag Attributes\n  friendlyName: x\n{text}",
    "curve before": lambda text: f"{CURVE}{text}",
}


@pytest.mark.parametrize("form", ["pkcs1", "pkcs8", "openssh"])
@pytest.mark.parametrize("pasted", PASTED.values(), ids=PASTED)
def test_pasted_into_yaml(pasted: Callable[[str], str], form: str) -> None:
    text = pasted(private("rsa", form, locked=True))
    assert public_of(unlocked(text, "k", PASSPHRASE.encode())) == public("rsa")


def test_what_cannot_be_used_is_said_without_showing_it() -> None:
    canary = "canaryMaterial"
    other = Ed448PrivateKey.generate()
    form = PrivateFormat.PKCS8
    ed448 = other.private_bytes(Encoding.PEM, form, NoEncryption()).decode()
    cases = [
        ("", None, "is not an SSH private key"),
        (canary, None, "is not an SSH private key"),
        (public(), None, "is not an SSH private key"),
        (
            f"-----BEGIN PRIVATE KEY-----\n{canary}\n-----END PRIVATE KEY-----",
            None,
            "valid",
        ),
        (private()[:200] + private()[-40:], None, "valid"),
        (private(locked=True), None, "no passphrase is set"),
        (private(locked=True), b"", "no passphrase is set"),
        (private(locked=True), b"wrong", "passphrase does not unlock"),
        (private("rsa", "pkcs1", locked=True), b"wrong", "passphrase does not unlock"),
        (private("ecdsa", "pkcs8", locked=True), b"wrong", "passphrase does not unlock"),
        (ed448, None, "neither RSA, ECDSA nor Ed25519"),
    ]
    for text, passphrase, why in cases:
        with pytest.raises(Unreachable, match=why) as caught:
            unlocked(text, "private-key", passphrase)
        assert caught.value.fault is Fault.CREDENTIALS
        assert "private-key" in caught.value.reason
        assert canary not in caught.value.reason
        assert caught.value.__cause__ is None


def test_files_come_in_their_order_and_are_read_anew(tmp_path: Path) -> None:
    (tmp_path / "b").write_text(private("rsa"))
    (tmp_path / "a").write_text(private())
    access = Access(
        private_key=Secret(private("ecdsa")),
        private_key_files=(str(tmp_path / "b"), str(tmp_path / "a")),
    )
    keys = read_keys(access)
    assert [public_of(key.text) for key in keys.usable] == [
        public("ecdsa"),
        public("rsa"),
        public(),
    ]
    (tmp_path / "a").write_text(private(n=1))
    assert public_of(read_keys(access).usable[2].text) == public(n=1)
    assert PASSPHRASE not in repr(keys)
    assert "PRIVATE KEY" not in repr(keys)


def test_one_bad_file_is_left_out_and_told(tmp_path: Path) -> None:
    (tmp_path / "good").write_text(private())
    missing = str(tmp_path / "missing")
    keys = read_keys(Access(private_key_files=(missing, str(tmp_path / "good"))))
    assert len(keys.usable) == 1
    assert keys.unusable == (f"the file {missing} cannot be read: No such file or directory",)
    with pytest.raises(Unreachable, match=re.escape(missing)) as caught:
        read_keys(Access(private_key_files=(missing,)))
    assert caught.value.fault is Fault.CREDENTIALS


def test_passphrase_file(tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
    file = str(tmp_path / "passphrase")
    access = Access(private_key=Secret(private(locked=True)), passphrase_file=file)
    assert public_of(read_keys(access).usable[0].text) == public()
    (tmp_path / "passphrase").unlink()
    with pytest.raises(Unreachable, match="passphrase cannot be read"):
        read_keys(access)


def test_a_passphrase_alone_unlocks_the_default_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519").write_text(private(locked=True))
    (tmp_path / ".ssh" / "id_rsa").write_text(private("rsa", "pkcs1"))
    access = Access(passphrase=Secret(PASSPHRASE))
    keys = read_keys(access)
    assert [public_of(key.text) for key in keys.usable] == [public("rsa"), public()]
    assert keys.default
    assert read_keys(Access(passphrase=Secret(PASSPHRASE), local_ssh=False)).usable == ()
    assert read_keys(Access()).usable == ()


def test_a_file_that_is_no_key_at_all_is_not_read_whole(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 100_000)
    with pytest.raises(Unreachable, match="too large"):
        read_keys(Access(private_key_files=(str(tmp_path / "large"),)))
