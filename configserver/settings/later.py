"""Spring's names that nothing reads yet, so that setting one is not passed over in silence."""

from typing import Final

LATER: Final = (
    "server.compression.*",
    "server.error.*",
    "server.forward-headers-strategy",
    "server.http2.*",
    "server.jetty.*",
    "server.max-http-request-header-size",
    "server.netty.*",
    "server.reactive.*",
    "server.server-header",
    "server.servlet.*",
    "server.shutdown",
    "server.ssl.*",
    "server.tomcat.*",
    "server.undertow.*",
    "spring.cloud.config.server.aws-secretsmanager.*",
    "spring.cloud.config.server.awsparamstore.*",
    "spring.cloud.config.server.awss3.*",
    "spring.cloud.config.server.consul.*",
    "spring.cloud.config.server.credhub.*",
    "spring.cloud.config.server.gcp-secret-manager.*",
    "spring.cloud.config.server.health.repositories.*",
    "spring.cloud.config.server.jdbc.*",
    "spring.cloud.config.server.mongodb.*",
    "spring.cloud.config.server.redis.*",
    "spring.cloud.config.server.svn.*",
    "spring.cloud.config.server.vault.*",
)
"""The names; `.*` stands for everything below."""
