"""Passwords of AWS CodeCommit, which are signatures of the request; pure."""

import datetime as dt
import hashlib
import hmac

from configserver.backends.git.transport.login import Login
from configserver.backends.git.transport.target import Target
from configserver.secret import Secret


def is_codecommit(target: Target) -> bool:
    """Say whether a host wants a signature as its password."""
    return (
        target.scheme == "https"
        and target.host.startswith("git-codecommit.")
        and target.host.endswith((".amazonaws.com", ".amazonaws.com.cn"))
    )


def signed_login(target: Target, key_id: str, key: Secret, now: dt.datetime) -> Login:
    """Return user and password for a repository; they hold for a few minutes.

    Args:
        target: the repository; the region is the second label of its host.
        key_id: an access key's id, which is the user.
        key: the secret access key.
        now: in UTC.
    """
    time, date = now.strftime("%Y%m%dT%H%M%S"), now.strftime("%Y%m%d")
    region = target.host.split(".")[1]
    request = f"GIT\n{target.path}\n\nhost:{target.host}\n\nhost\n"
    scope = f"{date}/{region}/codecommit/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    signing = f"AWS4{key.reveal()}".encode()
    for part in scope.split("/"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{time}\n{scope}\n{digest}"
    signature = hmac.digest(signing, text.encode(), "sha256").hex()
    return Login(key_id, Secret(f"{time}Z{signature}"))
