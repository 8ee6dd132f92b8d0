"""The HTTP face: addresses, types, conditions and errors as a Spring Cloud Config Server's."""

from configserver.web.application import FRONT, MAX_LINE, create_app
from configserver.web.health import Probe
from configserver.web.options import WebOptions

__all__ = ["FRONT", "MAX_LINE", "Probe", "WebOptions", "create_app"]
