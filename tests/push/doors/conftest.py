"""What holds for all tests of doors."""

from collections.abc import Iterator

import pytest
from blockbuster import BlockBuster, blockbuster_ctx


@pytest.fixture(autouse=True)
def no_blocking() -> Iterator[BlockBuster]:
    """Fail on every blocking call that our code makes on the event loop."""
    with blockbuster_ctx("configserver") as guard:
        yield guard
