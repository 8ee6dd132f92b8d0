"""A Git-backed configuration server that answers as Spring Cloud Config Server does."""

__version__ = "0.1.0"
