"""What holds for all tests."""

import os

from hypothesis import HealthCheck, settings

# A slow machine is no fault of the code; in CI the same commit gives the same examples.
settings.register_profile(
    "steady",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")
