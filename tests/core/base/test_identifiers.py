from __future__ import annotations

from uuid import RFC_4122, UUID

import pytest

from openterms.core.base.identifiers import unix_ms, uuid7, uuid7_batch


def ones(count: int) -> bytes:
    return b"\xff" * count


def test_the_rfc_example() -> None:
    """RFC 9562, A.6: 017F22E2-79B0-7CC3-98C4-DC0C0C07398F."""
    tail = (0xCC3 << 62) | 0x18C4DC0C0C07398F
    made = uuid7(0x017F22E279B0, lambda count: tail.to_bytes(count))
    assert made == UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")
    assert (made.version, made.variant, unix_ms(made)) == (7, RFC_4122, 0x017F22E279B0)


@pytest.mark.parametrize("randomness", [ones, bytes])
def test_a_batch_rises_and_stays_in_its_millisecond(randomness: type[bytes]) -> None:
    made = uuid7_batch(1000, 1_790_000_000_000, randomness)
    assert made == sorted(set(made))
    assert {(unix_ms(each), each.version, each.variant) for each in made} == {(1_790_000_000_000, 7, RFC_4122)}
    assert uuid7_batch(0, 1, randomness) == []


def test_the_time_has_48_bits() -> None:
    with pytest.raises(ValueError, match="48 bits"):
        uuid7(1 << 48, ones)
