"""Values as Java's `String.valueOf` writes them, which Spring's texts are made of."""

import math
import zlib
from datetime import UTC, datetime

from configserver.errors import Unrenderable
from configserver.model import Value

_MANTISSA = 52
_BIAS = 1023
_EXACT_UP_TO = 62
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Java's estimate of the size of 5**n in bits: exact in a table, three bits each beyond it.
_FIVES = (0, *((5**power).bit_length() for power in range(1, 27)))


def java_text(value: Value) -> str:
    """Return the text that a placeholder, a key or a line of `.properties` shows for a value.

    Bytes get the name of a Java array; the number in it has no meaning there either.
    """
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return java_double(value)
        case bytes():
            return f"[B@{zlib.crc32(value):x}"
        case datetime():
            return _java_date(value)
        case _:
            return java_integer(value)


def java_integer(value: int) -> str:
    """Return the decimal digits of an integer.

    Raises:
        Unrenderable: there are more than Python is willing to convert, by default 4300.
    """
    try:
        return str(value)
    except ValueError:
        raise Unrenderable("an integer has too many digits to be printed") from None


def java_double(value: float) -> str:
    """Return what `Double.toString` of Java 17 prints.

    That is not always the shortest text: the algorithm is that of Steele and White with an early
    stop, and some of its shortcuts add digits, as in `2.0E-3` or `8.409999999999999E21`.
    """
    if math.isnan(value):
        return "NaN"
    sign = "-" if math.copysign(1, value) < 0 else ""
    if math.isinf(value):
        return f"{sign}Infinity"
    if value == 0:
        return f"{sign}0.0"
    digits, point = _digits(abs(value))
    return sign + _place_point(digits, point)


def _place_point(digits: str, point: int) -> str:
    """Write 0.`digits` times 10**`point`, plain from 0.001 up to below 10**7."""
    if 0 < point < 8:
        return f"{digits[:point].ljust(point, '0')}.{digits[point:] or '0'}"
    if -3 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    return f"{digits[0]}.{digits[1:] or '0'}E{point - 1}"


def _digits(value: float) -> tuple[str, int]:
    """Return decimal digits d and an exponent e, so that 0.d times 10**e stands for `value`."""
    fraction, exponent, precision = _normalised(value)
    bits = fraction.bit_length() - (fraction & -fraction).bit_length() + 1
    tiny = max(0, bits - exponent - 1)
    if tiny == 0 and exponent <= _EXACT_UP_TO:
        return _integer_digits(int(value), exponent - precision - 1)
    return _fraction_digits(fraction, bits, tiny, exponent, precision)


def _normalised(value: float) -> tuple[int, int, int]:
    """Split into a 53-bit fraction, the binary exponent, and how many bits are significant."""
    mantissa, exponent = math.frexp(value)
    fraction = int(math.ldexp(mantissa, _MANTISSA + 1))
    exponent -= 1
    return fraction, exponent, min(_MANTISSA + 1, _MANTISSA + _BIAS + exponent)


def _integer_digits(number: int, spare_bits: int) -> tuple[str, int]:
    """Write a whole number, rounded where its last bits are below the precision of a double."""
    dropped = len(str(2**spare_bits)) - 1 if spare_bits > 1 else 0
    if dropped:
        number, rest = divmod(number, 10**dropped)
        number += rest >= 10**dropped // 2
    text = str(number)
    return text.rstrip("0"), len(text) + dropped


def _estimate(fraction: int, exponent: int) -> int:
    """Estimate floor(log10) by the tangent at 1.5; it may be one too high."""
    unit = math.ldexp(fraction, -_MANTISSA)
    return math.floor((unit - 1.5) * 0.289529654 + 0.176091259 + exponent * 0.301029995663981)


def _fraction_digits(
    fraction: int, bits: int, tiny: int, exponent: int, precision: int
) -> tuple[str, int]:
    """Produce digits of numerator / denominator until what is left is below half a unit."""
    decimal = _estimate(fraction, exponent)
    five_up, five_down = max(0, -decimal), max(0, decimal)
    up = five_up + tiny + exponent
    down = five_down + tiny
    half = up - precision
    up -= bits - 1
    common = min(up, down)
    up, down, half = up - common, down - common, half - common
    if bits == 1:  # below a power of two the neighbour is only half as far away
        half -= 1
    if half < 0:
        up, down, half = up - half, down - half, 0
    width = _word(bits + up + _five_bits(five_up), down + 1 + _five_bits(five_down + 1))
    numerator = (fraction >> (_MANTISSA + 1 - bits)) * 5**five_up << up
    return _long_division(
        numerator, 5**five_down << down, 5**five_up << half, decimal=decimal, width=width
    )


def _five_bits(power: int) -> int:
    return _FIVES[power] if power < len(_FIVES) else 3 * power


def _word(numerator_bits: int, limit_bits: int) -> int:
    """Return the word in which Java computes: int, long, or 0 for big integers."""
    widest = max(numerator_bits, limit_bits)
    if widest < 32:
        return 32
    return 64 if widest < 64 else 0


def _long_division(
    numerator: int, denominator: int, margin: int, *, decimal: int, width: int
) -> tuple[str, int]:
    limit = denominator * 10
    digit, rest = divmod(numerator, denominator)
    rest, margin = rest * 10, margin * 10
    low, high = _stops(rest, _wrapped(margin, width), limit, width)
    digits = []
    if digit == 0 and not high:
        decimal -= 1
    else:
        digits.append(digit)
    if decimal < -3 or decimal >= 8:  # the form with an exponent shows two digits at least
        low = high = False
    while not (low or high):
        digit, rest = divmod(rest, denominator)
        rest, margin = rest * 10, _wrapped(margin * 10, width)
        low, high = (True, True) if margin <= 0 else _stops(rest, margin, limit, width)
        digits.append(digit)
    doubled = rest * 2 - limit
    if high and (not low or doubled > 0 or (doubled == 0 and digits[-1] % 2 == 1)):
        return _round_up(digits, decimal + 1)
    return "".join(map(str, digits)), decimal + 1


def _stops(rest: int, margin: int, limit: int, width: int) -> tuple[bool, bool]:
    """Say whether the digits so far suffice as they are, and whether rounded up.

    Java's two ways of computing disagree on equality.
    """
    above = _wrapped(rest + margin, width)
    return rest < margin, above > limit if width else above >= limit


def _wrapped(number: int, width: int) -> int:
    """Let a number overflow as Java's int and long do; a width of 0 knows no overflow."""
    if not width:
        return number
    half = 1 << (width - 1)
    return (number + half) % (2 * half) - half


def _round_up(digits: list[int], point: int) -> tuple[str, int]:
    text = "".join(map(str, digits))
    rounded = str(int(text) + 1).rjust(len(text), "0")
    if len(rounded) == len(text):
        return rounded, point
    return rounded[:-1], point + 1


def _java_date(value: datetime) -> str:
    moment = value.astimezone(UTC)
    return (
        f"{_DAYS[moment.weekday()]} {_MONTHS[moment.month - 1]} {moment.day:02} "
        f"{moment:%H:%M:%S} UTC {moment.year}"
    )
