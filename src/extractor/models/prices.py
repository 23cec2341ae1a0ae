"""What tokens cost, by model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from extractor.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    input: float
    cached: float
    output: float

    def of(self, input_tokens: int, cached_tokens: int, output_tokens: int) -> float:
        """US dollars for one request; `input_tokens` contains `cached_tokens`."""
        fresh = input_tokens - cached_tokens
        return (fresh * self.input + cached_tokens * self.cached + output_tokens * self.output) / _MILLION


@cache
def prices(path: Path | None = None) -> dict[str, Price]:
    """The built-in list of prices, or that in `path`: `{"model": {"input", "cached", "output"}}`, US dollars a million.

    Raises `UsageError` where `path` isn't such a file.
    """
    source = path or resources.files("extractor.models") / "prices.json"
    try:
        data: dict[str, Any] = json.loads(source.read_text("utf-8"))
        return {model: Price(**price) for model, price in data.items() if not model.startswith("_")}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(
            f'prices {source}: {error}. It must hold {{"model": {{"input": 1.0, "cached": 0.1, "output": 4.0}}}}.'
        ) from None


def price_of(model: str, listed: dict[str, Price]) -> Price | None:
    """The price of `model`, or of the longest listed name that it continues ("gpt-5-mini-2025-08-07")."""
    names = [name for name in listed if model == name or model.startswith(f"{name}-")]
    return listed[max(names, key=len)] if names else None
