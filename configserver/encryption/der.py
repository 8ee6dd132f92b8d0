"""The little of DER that key stores need: strict, with definite lengths, and bounded."""

from dataclasses import dataclass
from typing import Final, Self

from configserver.encryption import BadKey

INTEGER: Final = 0x02
OCTETS: Final = 0x04
OBJECT_ID: Final = 0x06
BMP_TEXT: Final = 0x1E
SEQUENCE: Final = 0x30
SET: Final = 0x31
EXPLICIT_0: Final = 0xA0
IMPLICIT_0: Final = 0x80

_LONG: Final = 0x80
_MAX_LENGTH_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Node:
    """One value: its tag, its content, and both with the length between as they were read."""

    tag: int
    content: bytes
    whole: bytes

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return the one value that the data is.

        Raises:
            BadKey: it is not one value, or has no definite length.
        """
        node, end = cls._read(data, 0)
        if end != len(data):
            raise BadKey("the file has something after its end")
        return node

    def parts(self) -> tuple[Self, ...]:
        """Return the values in a sequence or set.

        Raises:
            BadKey: it is not made of values.
        """
        found: list[Self] = []
        at = 0
        while at < len(self.content):
            node, at = self._read(self.content, at)
            found.append(node)
        return tuple(found)

    def expect(self, tag: int) -> Self:
        """Return the value itself.

        Raises:
            BadKey: it has another tag.
        """
        if self.tag != tag:
            raise BadKey(f"the file has a value of kind {self.tag:#04x} in place of {tag:#04x}")
        return self

    @property
    def number(self) -> int:
        """The value of a whole number."""
        return int.from_bytes(self.expect(INTEGER).content, "big", signed=True)

    @property
    def octets(self) -> bytes:
        """The bytes of an octet string."""
        return self.expect(OCTETS).content

    @property
    def object_id(self) -> str:
        """The dotted form of an object identifier."""
        numbers: list[int] = []
        number = 0
        for byte in self.expect(OBJECT_ID).content:
            number = number << 7 | byte & 0x7F
            if not byte & _LONG:
                numbers.append(number)
                number = 0
        first, *rest = numbers or [0]
        top = min(first // 40, 2)
        return ".".join(map(str, (top, first - 40 * top, *rest)))

    @classmethod
    def _read(cls, data: bytes, start: int) -> tuple[Self, int]:
        if len(data) < start + 2:
            raise BadKey("the file is cut short")
        tag, length = data[start], data[start + 1]
        at = start + 2
        if length & _LONG:
            count = length & 0x7F
            if not 0 < count <= _MAX_LENGTH_BYTES:
                raise BadKey("the file has lengths of an unknown kind: it is not in DER form")
            length = int.from_bytes(data[at : at + count], "big")
            at += count
        end = at + length
        if end > len(data):
            raise BadKey("the file is cut short")
        return cls(tag, data[at:end], data[start:end]), end
