"""Java XML properties, `java.util.Properties.loadFromXML`; values have no positions."""

import re
from typing import NoReturn
from xml.parsers import expat

from configserver.errors import InvalidFile
from configserver.formats.hashing import hash_order
from configserver.formats.limits import Limits
from configserver.model import Document, Value

_DTD = "http://java.sun.com/dtd/properties.dtd"

# Java takes control characters, expat does not: they pass it as code points that mean nothing.
_CONTROL = bytes({*range(0x20)} - {*b"\t\n\r"})
_STAND_IN = 0xFDD0
_CONTROLS = re.compile(b"[" + re.escape(_CONTROL) + b"]")
_REFERENCES = re.compile(rb"&#(?:0*(\d{1,2})|x0*([0-9A-Fa-f]{1,2}));")
_STAND_INS = {_STAND_IN + code: chr(code) for code in _CONTROL}
_OTHER_ENCODING = re.compile(rb"""\A<\?xml[^>]*encoding=["'](?!UTF-8["'])""", re.IGNORECASE)


def parse_xml(data: bytes, limits: Limits) -> tuple[Document, ...]:
    """Return the properties as one document, in the order of Java's hash table.

    Nothing outside of the file is read and no entity may be declared, so none can expand; one that
    is used all the same stands for nothing, as in Java.

    Raises:
        InvalidFile: no XML, another document type, or more than the limits allow.
    """
    properties = _Reader(limits).read(data)
    return (Document({key: properties[key] for key in hash_order(properties)}),)


class _Reader:
    """The handlers of one file: `<properties><comment/><entry key="…">…</entry></properties>`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._properties: dict[str, Value] = {}
        self._path: list[str] = []
        self._key = ""
        self._text: list[str] = []
        self._has_type = False
        self._has_comment = False
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._entity
        self._parser.XmlDeclHandler = self._declaration
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def read(self, data: bytes) -> dict[str, Value]:
        try:
            self._parser.Parse(_with_stand_ins(data), True)
        except expat.ExpatError as error:
            raise InvalidFile(
                f"invalid XML: {expat.ErrorString(error.code)}",
                line=error.lineno,
                column=error.offset + 1,
            ) from None
        except (LookupError, ValueError):
            self._refuse("invalid XML: unknown encoding")
        return self._properties

    def _refuse(self, reason: str) -> NoReturn:
        raise InvalidFile(
            reason,
            line=self._parser.CurrentLineNumber,
            column=self._parser.CurrentColumnNumber + 1,
        )

    def _declaration(self, version: str, *_: object) -> None:
        if version != "1.0":
            self._refuse("only XML 1.0 is read")

    def _doctype(
        self, name: str, system_id: str | None, _public_id: str | None, has_subset: int
    ) -> None:
        if name != "properties" or system_id != _DTD or has_subset:
            self._refuse(f"the document type must be properties SYSTEM {_DTD}")
        self._has_type = True

    def _entity(self, *_: object) -> None:
        self._refuse("entities may not be declared")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._has_type:
            self._refuse(f"no Java properties: the document type {_DTD} is missing")
        self._path.append(name)
        match self._path:
            case ["properties"]:
                return
            case ["properties", "comment"] if not self._has_comment:
                self._has_comment = True
            case ["properties", "entry"] if "key" in attributes:
                self._key = attributes["key"].translate(_STAND_INS)
                self._text = []
            case _:
                self._refuse('only <comment> and <entry key="…"> may stand in <properties>')

    def _end(self, _name: str) -> None:
        if self._path.pop() != "entry":
            return
        if len(self._properties) >= self._limits.max_keys:
            self._refuse(f"more than {self._limits.max_keys} keys")
        self._properties[self._key] = "".join(self._text).translate(_STAND_INS)

    def _characters(self, text: str) -> None:
        if self._path[-1] == "entry":
            self._text.append(text)


def _with_stand_ins(data: bytes) -> bytes:
    if _OTHER_ENCODING.match(data) or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data
    data = _CONTROLS.sub(lambda found: _stand_in(found[0][0]), data)
    return _REFERENCES.sub(_referred, data)


def _referred(reference: re.Match[bytes]) -> bytes:
    code = int(reference[1]) if reference[1] else int(reference[2], 16)
    return _stand_in(code) if code in _CONTROL else reference[0]


def _stand_in(code: int) -> bytes:
    return chr(_STAND_IN + code).encode()
