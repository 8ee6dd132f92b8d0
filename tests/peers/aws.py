"""moto's server, which answers as AWS does: KMS with keys that really encrypt."""

import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest

from tests.peers.processes import Process, free_port

REGION = "eu-central-1"
KEY_ID = "AKIDEXAMPLE"
SECRET = "canary-of-the-secret-access-key"


class AwsPeer:
    """KMS on loopback.

    Args:
        folder: where its log goes.
    """

    def __init__(self, folder: Path) -> None:
        pytest.importorskip("moto.server", reason="moto's server is not installed")
        port = free_port()
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        self._process = Process(command, port=port, log=folder / "moto.log")
        self.uri = f"http://127.0.0.1:{port}"
        self.kms: Any = boto3.client(
            "kms",
            region_name=REGION,
            endpoint_url=self.uri,
            aws_access_key_id=KEY_ID,
            aws_secret_access_key=SECRET,
        )

    def close(self) -> None:
        """End it."""
        self.kms.close()
        self._process.stop()

    def make_key(self) -> str:
        """Return the id of a new key."""
        return str(self.kms.create_key()["KeyMetadata"]["KeyId"])

    def wrap(self, key: str, plain: bytes) -> str:
        """Return what KMS makes of a text, as the AWS CLI prints it."""
        made = self.kms.encrypt(KeyId=key, Plaintext=plain)
        return b64encode(made["CiphertextBlob"]).decode()
