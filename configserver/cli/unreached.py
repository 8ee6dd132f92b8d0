"""Why a server could not be reached, in the words of its operator rather than of a library."""

import re
import ssl
from http.client import IncompleteRead
from typing import Final

_OBJECT: Final = re.compile(
    r"^<?HTTPS?Connection\(.*?\)[^:]*: |Failed to .*?: (?:\[Errno -?\d+\] )?"
)


def advice(error: BaseException) -> str:
    """Return what somebody can do who cannot connect."""
    if isinstance(_inmost(error), ssl.SSLCertVerificationError):
        return "for a private authority, name the file of its certificate in SSL_CERT_FILE"
    return "check --url"


def said(error: BaseException) -> str:
    """Return the reason without the address and the objects of the library."""
    match inmost := _inmost(error):
        case IncompleteRead():
            return "it ended in the middle"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {inmost.verify_message}"
        case OSError(strerror=str(told)):
            return told
    return _OBJECT.sub("", str(inmost)) or type(inmost).__name__


def _inmost(error: BaseException) -> BaseException:
    """Return what an error of the library is about."""
    about = (getattr(error, "reason", None), *error.args)
    inner = next((one for one in about if isinstance(one, Exception)), None)
    return error if inner is None else _inmost(inner)
