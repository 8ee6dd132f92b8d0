"""Every Git host that is understood; a new one is a module here and its place in two tables."""

from typing import Final

from configserver.push.webhooks import Host
from configserver.push.webhooks.hosts.azure import AZURE
from configserver.push.webhooks.hosts.bitbucket import BITBUCKET
from configserver.push.webhooks.hosts.generic import GENERIC
from configserver.push.webhooks.hosts.gitea import GITEA
from configserver.push.webhooks.hosts.gitee import GITEE
from configserver.push.webhooks.hosts.github import GITHUB
from configserver.push.webhooks.hosts.gitlab import GITLAB
from configserver.push.webhooks.hosts.gogs import GOGS

SENDERS: Final[tuple[Host, ...]] = (
    *(GITEA, GOGS, GITHUB, GITLAB, GITEE, BITBUCKET),
    *(AZURE, GENERIC),
)
"""Who is meant by headers: Gitea sends those of Gogs and GitHub too, and whoever is left is
generic."""

CHAIN: Final[tuple[Host, ...]] = (
    *(GITHUB, GENERIC, GITLAB, BITBUCKET, GITEA, GITEE, GOGS),
    AZURE,
)
"""Whose paths make the answer: the first that has any, in the original's order. It does not know
Azure DevOps."""
