"""What becomes of `{cipher}` values in a server without a key."""

from dataclasses import replace

from configserver.model import Environment, PropertySource, Value

_CIPHER = "{cipher}"
_NOT_AVAILABLE = "<n/a>"


def mark_undecryptable(environment: Environment) -> Environment:
    """Replace each cipher by `invalid.<key>: <n/a>` at the end of its source.

    As Spring's `CipherEnvironmentEncryptor` does with a cipher that it has no key for.
    """
    return replace(environment, sources=tuple(_marked(source) for source in environment.sources))


def _marked(source: PropertySource) -> PropertySource:
    ciphers = [key for key, value in source.properties.items() if _is_cipher(value)]
    if not ciphers:
        return source
    properties = {**source.properties}
    origins = {**source.origins}
    for key in ciphers:
        del properties[key]
        origins.pop(key, None)
    for key in ciphers:
        invalid = f"invalid.{key}"
        properties[invalid] = _NOT_AVAILABLE
        origins.pop(invalid, None)
    return replace(source, properties=properties, origins=origins)


def _is_cipher(value: Value) -> bool:
    return isinstance(value, str) and value.startswith(_CIPHER)
