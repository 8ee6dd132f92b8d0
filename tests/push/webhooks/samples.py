"""A push as each Git host posts it: headers and a payload in the host's shape, cut down."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

SECRET = "It's a Secret to Everybody"
SIGNING_TOKEN = "whsec_" + base64.b64encode(bytes(range(32))).decode()
NOW = 1_800_000_000.25

_BEFORE, _AFTER = "9" * 40, "a" * 40
_COMMITS = [
    {
        "id": _AFTER,
        "message": "Change the shop",
        "timestamp": "2026-11-21T10:00:00+01:00",
        "url": "https://git.example.com/org/config/commit/aaaa",
        "author": {"name": "A", "email": "a@example.org"},
        "added": ["new/billing-dev.yml"],
        "removed": [],
        "modified": ["shop.yml"],
    }
]
_FILES = ("new/billing-dev.yml", "shop.yml")
_NAMES = ("billing-dev", "billing", "shop")
_EVERYBODY = ("*",)


@dataclass(frozen=True)
class Sample:
    """A webhook.

    Attributes:
        proofs: ways to show a secret: each makes headers of the body and the secret.
        names: the original's answer.
    """

    id: str
    host: str
    headers: Mapping[str, str]
    payload: Mapping[str, Any]
    proofs: Mapping[str, Callable[[bytes, str], Mapping[str, str]]]
    names: tuple[str, ...]
    uris: tuple[str, ...]
    refs: tuple[str, ...] = ("refs/heads/main",)
    paths: tuple[str, ...] = ()
    delivery: str | None = None
    secret: str = SECRET

    @property
    def body(self) -> bytes:
        return json.dumps(self.payload).encode()

    def signed(
        self, proof: str = "", body: bytes | None = None, secret: str = ""
    ) -> dict[str, str]:
        """Return all headers with one of the proofs, the first unless it is named."""
        make = self.proofs[proof or next(iter(self.proofs))]
        content = self.body if body is None else body
        return {
            "Content-Type": "application/json",
            **self.headers,
            **make(content, secret or self.secret),
        }


def hex_hmac(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, "sha256").hexdigest()


def hub_256(body: bytes, secret: str) -> dict[str, str]:
    return {"X-Hub-Signature-256": f"sha256={hex_hmac(body, secret)}"}


def hub(body: bytes, secret: str) -> dict[str, str]:
    return {"X-Hub-Signature": f"sha256={hex_hmac(body, secret)}"}


def plain(header: str) -> Callable[[bytes, str], dict[str, str]]:
    return lambda body, secret: {header: hex_hmac(body, secret)}


def token(header: str, prefix: str = "") -> Callable[[bytes, str], dict[str, str]]:
    return lambda _, secret: {header: f"{prefix}{secret}"}


def basic(user: str) -> Callable[[bytes, str], dict[str, str]]:
    def make(_: bytes, secret: str) -> dict[str, str]:
        login = base64.b64encode(f"{user}:{secret}".encode()).decode()
        return {"Authorization": f"Basic {login}"}

    return make


def standard(body: bytes, secret: str, *, at: float = NOW, id_: str = "msg_1") -> dict[str, str]:
    """Sign as Standard Webhooks, version 1; of two signatures the second is the right one."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{id_}.{int(at)}.".encode() + body
    right = base64.b64encode(hmac.digest(key, content, "sha256")).decode()
    wrong = base64.b64encode(bytes(32)).decode()
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(int(at)),
        "webhook-signature": f"v1,{wrong} v1,{right}",
    }


def gitee_sign(_: bytes, secret: str, *, at: float = NOW) -> dict[str, str]:
    stamp = str(int(at * 1000))
    made = hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), "sha256")
    return {"X-Gitee-Timestamp": stamp, "X-Gitee-Token": base64.b64encode(made).decode()}


def _urls(host: str, ssh: str = "git@{}:org/config.git") -> tuple[str, str, str]:
    return f"https://{host}/org/config.git", ssh.format(host), f"https://{host}/org/config"


def _push(repository: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "ref": "refs/heads/main",
        "before": _BEFORE,
        "after": _AFTER,
        "repository": repository,
        "commits": _COMMITS,
        **more,
    }


def _repository(host: str) -> dict[str, Any]:
    clone, ssh, html = _urls(host)
    known = {"id": 1, "name": "config", "full_name": "org/config", "private": True}
    return {**known, "html_url": html, "ssh_url": ssh, "clone_url": clone}


GITHUB = Sample(
    id="github",
    host="github",
    headers={
        "User-Agent": "GitHub-Hookshot/044aadd",
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "X-GitHub-Hook-ID": "292430182",
    },
    payload=_push(
        {**_repository("github.com"), "git_url": "git://github.com/org/config.git"},
        pusher={"name": "a"},
        created=False,
        deleted=False,
        forced=False,
    ),
    proofs={"signature": hub_256},
    names=_NAMES,
    uris=(
        "https://github.com/org/config.git",
        "git@github.com:org/config.git",
        "git://github.com/org/config.git",
        "https://github.com/org/config",
    ),
    paths=_FILES,
    delivery="72d3162e-cc78-11e3-81ab-4c9367dc0958",
)

_GITLAB_URLS = _urls("gitlab.com")
_GITLAB_PAYLOAD = {
    "object_kind": "push",
    "event_name": "push",
    "ref": "refs/heads/main",
    "before": _BEFORE,
    "after": _AFTER,
    "project_id": 15,
    "project": {
        "id": 15,
        "name": "config",
        "web_url": _GITLAB_URLS[2],
        "git_ssh_url": _GITLAB_URLS[1],
        "git_http_url": _GITLAB_URLS[0],
        "path_with_namespace": "org/config",
        "default_branch": "main",
    },
    "commits": _COMMITS,
    "total_commits_count": 1,
}
GITLAB = Sample(
    id="gitlab",
    host="gitlab",
    headers={
        "User-Agent": "GitLab/18.2",
        "X-Gitlab-Event": "Push Hook",
        "X-Gitlab-Instance": "https://gitlab.com",
        "X-Gitlab-Webhook-UUID": "02affd2d-2cba-4033-917d-ec22d5dc4b38",
        "X-Gitlab-Event-UUID": "13792a34-cac6-4fda-95a8-c58e00a3954e",
        "Idempotency-Key": "f5e57ad4-2dfa-4ef4-9d08-1f4e6b8e5b1a",
    },
    payload=_GITLAB_PAYLOAD,
    proofs={"token": token("X-Gitlab-Token")},
    names=_NAMES,
    uris=_GITLAB_URLS,
    paths=_FILES,
    delivery="f5e57ad4-2dfa-4ef4-9d08-1f4e6b8e5b1a",
)
GITLAB_SIGNED = Sample(
    id="gitlab-signed",
    host="gitlab",
    headers={"X-Gitlab-Event": "Push Hook"},
    payload=_GITLAB_PAYLOAD,
    proofs={"signature": standard},
    names=_NAMES,
    uris=_GITLAB_URLS,
    paths=_FILES,
    delivery="msg_1",
    secret=SIGNING_TOKEN,
)
GITLAB_TAG = Sample(
    id="gitlab-tag",
    host="gitlab",
    headers={"X-Gitlab-Event": "Tag Push Hook"},
    payload={
        **_GITLAB_PAYLOAD,
        "object_kind": "tag_push",
        "ref": "refs/tags/v1",
        "commits": [],
    },
    proofs={"token": token("X-Gitlab-Token")},
    names=(),
    uris=_GITLAB_URLS,
    refs=("refs/tags/v1",),
)
GITLAB_SYSTEM = Sample(
    id="gitlab-system",
    host="gitlab",
    headers={"X-Gitlab-Event": "System Hook"},
    payload={
        "event_name": "repository_update",
        "project_id": 15,
        "project": _GITLAB_PAYLOAD["project"],
        "changes": [{"before": _BEFORE, "after": _AFTER, "ref": "refs/heads/main"}],
        "refs": ["refs/heads/main"],
    },
    proofs={"token": token("X-Gitlab-Token")},
    names=(),
    uris=_GITLAB_URLS,
)
GITEA = Sample(
    id="gitea",
    host="gitea",
    headers={
        "X-Gitea-Delivery": "6e7f0a2c-7a5e-4b7a-8c43-7a8a2f1f6a55",
        "X-Gitea-Event": "push",
        "X-Gitea-Event-Type": "push",
        "X-Gogs-Delivery": "6e7f0a2c-7a5e-4b7a-8c43-7a8a2f1f6a55",
        "X-Gogs-Event": "push",
        "X-GitHub-Delivery": "6e7f0a2c-7a5e-4b7a-8c43-7a8a2f1f6a55",
        "X-GitHub-Event": "push",
    },
    payload=_push(_repository("gitea.example.com"), compare_url="", total_commits=1),
    proofs={
        "signature": hub_256,
        "older signature": plain("X-Gitea-Signature"),
        "authorization header": token("Authorization", "Bearer "),
    },
    names=_NAMES,
    uris=_urls("gitea.example.com"),
    paths=_FILES,
    delivery="6e7f0a2c-7a5e-4b7a-8c43-7a8a2f1f6a55",
)
FORGEJO = Sample(
    id="forgejo",
    host="gitea",
    headers={**GITEA.headers, "X-Forgejo-Event": "push", "X-Forgejo-Delivery": "f"},
    payload=GITEA.payload,
    proofs=GITEA.proofs,
    names=GITEA.names,
    uris=GITEA.uris,
    paths=GITEA.paths,
    delivery=GITEA.delivery,
)
GOGS = Sample(
    id="gogs",
    host="gogs",
    headers={"X-Gogs-Event": "push", "X-Gogs-Delivery": "f6266f16-1bf3-46a5-9ea4-602e06ead473"},
    payload=_push(_repository("gogs.example.com")),
    proofs={"signature": plain("X-Gogs-Signature")},
    names=_NAMES,
    uris=_urls("gogs.example.com"),
    paths=_FILES,
    delivery="f6266f16-1bf3-46a5-9ea4-602e06ead473",
)
_GITEE_URLS = _urls("gitee.com")
GITEE = Sample(
    id="gitee",
    host="gitee",
    headers={
        "User-Agent": "git-oschina-hook",
        "X-Git-Oschina-Event": "Push Hook",
        "X-Gitee-Event": "Push Hook",
        "X-Gitee-Ping": "false",
    },
    payload=_push(
        {
            **_repository("gitee.com"),
            "git_http_url": _GITEE_URLS[0],
            "git_ssh_url": _GITEE_URLS[1],
        },
        hook_name="push_hooks",
        hook_id=1,
        password="",
    ),
    proofs={"password": token("X-Gitee-Token"), "signature": gitee_sign},
    names=_NAMES,
    uris=_GITEE_URLS,
    paths=_FILES,
)
BITBUCKET = Sample(
    id="bitbucket-cloud",
    host="bitbucket",
    headers={
        "User-Agent": "Bitbucket-Webhooks/2.0",
        "X-Event-Key": "repo:push",
        "X-Hook-UUID": "4e6f1c1e-0d13-4e2b-8b9d-5f9b0a1c7c1d",
        "X-Request-UUID": "0e1f8e33-55a3-4a86-9b8e-8a6c0f0c8b7f",
        "X-Attempt-Number": "1",
    },
    payload={
        "actor": {"type": "user", "display_name": "A"},
        "repository": {
            "type": "repository",
            "name": "config",
            "full_name": "org/config",
            "links": {
                "self": {"href": "https://api.bitbucket.org/2.0/repositories/org/config"},
                "html": {"href": "https://bitbucket.org/org/config"},
            },
        },
        "push": {
            "changes": [
                {
                    "new": {"type": "branch", "name": "main", "target": {"hash": _AFTER}},
                    "old": {"type": "branch", "name": "main", "target": {"hash": _BEFORE}},
                    "forced": False,
                },
                {"new": None, "old": {"type": "tag", "name": "v1"}, "closed": True},
            ]
        },
    },
    proofs={"signature": hub},
    names=_EVERYBODY,
    uris=("https://bitbucket.org/org/config",),
    refs=("refs/heads/main", "refs/tags/v1"),
    delivery="0e1f8e33-55a3-4a86-9b8e-8a6c0f0c8b7f",
)
_SERVER_REPOSITORY = {
    "slug": "config",
    "id": 84,
    "name": "config",
    "scmId": "git",
    "project": {"key": "ORG", "id": 84, "name": "Organisation"},
    "links": {
        "clone": [
            {"href": "ssh://git@bitbucket.example.com:7999/org/config.git", "name": "ssh"},
            {"href": "https://bitbucket.example.com/scm/org/config.git", "name": "http"},
        ],
        "self": [{"href": "https://bitbucket.example.com/projects/ORG/repos/config/browse"}],
    },
}
_SERVER_URIS = (
    "ssh://git@bitbucket.example.com:7999/org/config.git",
    "https://bitbucket.example.com/scm/org/config.git",
    "https://bitbucket.example.com/projects/ORG/repos/config/browse",
)
BITBUCKET_SERVER = Sample(
    id="bitbucket-server",
    host="bitbucket",
    headers={
        "X-Event-Key": "repo:refs_changed",
        "X-Request-Id": "6d6a6ed8-5b1c-4a2f-9d8a-0f6b2a1c9a10",
    },
    payload={
        "eventKey": "repo:refs_changed",
        "date": "2026-11-21T10:00:00+0100",
        "actor": {"name": "a"},
        "repository": _SERVER_REPOSITORY,
        "changes": [
            {
                "ref": {"id": "refs/heads/main", "displayId": "main", "type": "BRANCH"},
                "refId": "refs/heads/main",
                "fromHash": _BEFORE,
                "toHash": _AFTER,
                "type": "UPDATE",
            }
        ],
    },
    proofs={"signature": hub, "credentials": basic("hooks")},
    names=_EVERYBODY,
    uris=_SERVER_URIS,
    delivery="6d6a6ed8-5b1c-4a2f-9d8a-0f6b2a1c9a10",
)
BITBUCKET_MERGED = Sample(
    id="bitbucket-server-merged",
    host="bitbucket",
    headers={"X-Event-Key": "pr:merged", "X-Request-Id": "r-2"},
    payload={
        "eventKey": "pr:merged",
        "pullRequest": {
            "id": 9,
            "toRef": {"id": "refs/heads/main", "repository": _SERVER_REPOSITORY},
        },
    },
    proofs={"signature": hub},
    names=_EVERYBODY,
    uris=_SERVER_URIS,
    delivery="r-2",
)
AZURE = Sample(
    id="azure",
    host="azure",
    headers={"User-Agent": "VSServices/19.0 (TfsJobAgent)"},
    payload={
        "subscriptionId": "00000000-0000-0000-0000-000000000000",
        "notificationId": 3,
        "id": "03c164c2-8912-4d5e-8009-3707d5f83734",
        "eventType": "git.push",
        "publisherId": "tfs",
        "resource": {
            "commits": [{"commitId": _AFTER, "comment": "Change the shop"}],
            "refUpdates": [
                {"name": "refs/heads/main", "oldObjectId": _BEFORE, "newObjectId": _AFTER}
            ],
            "repository": {
                "id": "278d5cd2-584d-4b63-824a-2ba458937249",
                "name": "config",
                "url": "https://dev.azure.com/org/_apis/git/repositories/278d5cd2",
                "remoteUrl": "https://dev.azure.com/org/Shop/_git/config",
            },
            "pushId": 14,
        },
        "resourceVersion": "1.0",
        "createdDate": "2026-11-21T09:00:00.1Z",
    },
    proofs={"credentials": basic("configserver")},
    names=_EVERYBODY,
    uris=("https://dev.azure.com/org/Shop/_git/config",),
    delivery="03c164c2-8912-4d5e-8009-3707d5f83734",
)
GENERIC = Sample(
    id="generic",
    host="generic",
    headers={},
    payload={"path": ["new/billing-dev.yml", "shop.yml"]},
    proofs={
        "signature": hub_256,
        "bearer": token("Authorization", "Bearer "),
        "token": token("X-Configserver-Token"),
    },
    names=_NAMES,
    uris=(),
    refs=(),
    paths=_FILES,
)

SAMPLES = (
    *(GITHUB, GITLAB, GITLAB_SIGNED, GITLAB_TAG, GITLAB_SYSTEM, GITEA, FORGEJO, GOGS, GITEE),
    *(BITBUCKET, BITBUCKET_SERVER, BITBUCKET_MERGED, AZURE, GENERIC),
)
