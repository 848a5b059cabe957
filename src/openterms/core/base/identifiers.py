"""UUID version 7 (RFC 9562): identifiers that sort by the millisecond they were made. Clock and entropy are given."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from uuid import UUID

Randomness = Callable[[int], bytes]
"""Gives as many random bytes as asked for, such as ``os.urandom``."""

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_LOW_62 = (1 << 62) - 1
_RANDOM_BITS = 74
_STEP_BYTES = 4
_CHUNK = 1_024


def uuid7(now_ms: int, randomness: Randomness) -> UUID:
    """A UUIDv7 of the Unix millisecond ``now_ms`` with 74 random bits."""
    tail = int.from_bytes(randomness(10)) & ((1 << _RANDOM_BITS) - 1)
    return _assemble(now_ms, tail)


def uuid7_batch(count: int, now_ms: int, randomness: Randomness) -> list[UUID]:
    """``count`` UUIDv7 of one millisecond in strictly rising order.

    The first tail is random with its top bit clear; each next adds a random step of 1 to 2**32 (RFC 9562, 6.2,
    method 2), so order in a batch is order in an index and neighbours cannot be guessed by adding one.
    """
    entropy = randomness(10 + _STEP_BYTES * count)
    tail = int.from_bytes(entropy[:10]) & ((1 << (_RANDOM_BITS - 1)) - 1)
    made = []
    for start in range(10, 10 + _STEP_BYTES * count, _STEP_BYTES):
        made.append(_assemble(now_ms, tail))
        tail += 1 + int.from_bytes(entropy[start : start + _STEP_BYTES])
    return made


def uuid7_texts(now_ms: int, randomness: Randomness) -> Iterator[str]:
    """Endless UUIDv7 of one millisecond in strictly rising order, each as 32 hexadecimal digits.

    For very many rows at once: a text costs a fraction of a ``UUID``. Steps as in ``uuid7_batch``.
    """
    tail = int.from_bytes(randomness(10)) & ((1 << (_RANDOM_BITS - 1)) - 1)
    first = _assemble(now_ms, 0).int
    while True:
        for step in struct.unpack(f">{_CHUNK}I", randomness(_STEP_BYTES * _CHUNK)):
            yield f"{first | ((tail >> 62) << 64) | (tail & _LOW_62):032x}"
            tail += 1 + step


def unix_ms(identifier: UUID) -> int:
    """The Unix millisecond in which a UUIDv7 was made."""
    return identifier.int >> 80


def _assemble(now_ms: int, tail: int) -> UUID:
    if not 0 <= now_ms < 1 << 48:
        raise ValueError(f"a millisecond of a UUIDv7 has 48 bits, not {now_ms}")
    high = (now_ms << 80) | _VERSION | ((tail >> 62) << 64)
    return UUID(int=high | _VARIANT | (tail & _LOW_62))
