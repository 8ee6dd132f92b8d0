"""Which credential is used, in the order in which the transport looks for one."""

import pytest

from configserver.backends.git.access import Access, GitHubApp
from configserver.backends.git.faults import Fault
from configserver.doctor.endpoint import endpoint_of
from configserver.doctor.logins import accepted, credential_of, refusal
from configserver.doctor.masking import masker
from configserver.secret import Secret

WEB = "https://host/x"
KEY = Secret("canary")


@pytest.mark.parametrize(
    ("uri", "access", "text"),
    [
        (WEB, Access(), None),
        (WEB, Access(password=KEY), None),
        (WEB, Access(username="bot", password=KEY), "the password of user 'bot' (a.yml:1)"),
        (WEB, Access(username="bot", password_file="/p"), "the password of user 'bot' in /p"),
        ("https://me@host/x", Access(password=KEY), "the password (a.yml:1)"),
        ("https://me:canary@host/x", Access(), "the password of user 'me' in the URI"),
        ("https://canary@host/x", Access(), "the user in the URI, without a password"),
        (WEB, Access(token=KEY, username="bot", password=KEY), "the token of user 'bot'"),
        (WEB, Access(token_file="/t"), "the token in /t"),
        (WEB, Access(bearer=KEY, token=KEY), "the bearer token"),
        (WEB, Access(bearer_file="/b"), "the bearer token in /b"),
        (WEB, Access(github_app=GitHubApp("7", "8", KEY)), "a token of the GitHub App 7"),
        (WEB, Access(credential_helper="/h --x canary"), "what the helper '/h' says"),
        (WEB, Access(client_certificate="/c"), "the client certificate /c"),
        ("git://host/x", Access(username="bot", password=KEY), None),
        ("git@host:x", Access(), "the agent and the keys of ~/.ssh as user 'git'"),
        ("git@host:x", Access(private_key=KEY), "the key as user 'git'"),
        ("ssh://host/x", Access(private_key_files=("/k", "/l")), "the key /k, the key /l"),
        ("ssh://host/x", Access(local_ssh=False), "no key"),
        ("ssh://me:canary@host/x", Access(local_ssh=False), "the password in the URI as user 'me'"),
        ("ssh://host/x", Access(local_ssh=False, password=KEY), "the password (a.yml:1)"),
    ],
)
def test_the_credential(uri: str, access: Access, text: str | None) -> None:
    found = credential_of(endpoint_of(uri), access, {"password": "a.yml:1"})
    assert found == text


def test_what_became_of_it() -> None:
    assert accepted("x", 401, sure=True) == "accepted: x"
    assert accepted("x", 200, sure=True) == "everybody may read; not needed: x"
    assert accepted(None, None, sure=True) == "no credentials are needed"
    assert accepted("x", 401, sure=False) == "not refused: x"
    assert refusal(Fault.LOGIN, None, http=True) == "not accepted (401): no credentials"
    assert refusal(Fault.LOGIN, "x", http=False) == "not accepted: x"
    assert refusal(Fault.FORBIDDEN, "x", http=True) == "not allowed (403): x"


def test_masking_finds_a_secret_in_any_text() -> None:
    mask = masker(["pa ss/word", "abc", ""])
    assert mask("pa ss/word, pa%20ss%2Fword, abc") == "******, ******, abc"
    assert mask("https://u:p@h/") == "https://u:******@h/"
