"""What every recogniser returns."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Found(NamedTuple, Generic[T_co]):
    """A value read from `text[start:end]`; offsets in code points, half-open.

    A passage with several readings ("05/09/2025", "55.000") gives one `Found` a reading, the likeliest first.
    """

    start: int
    end: int
    value: T_co
