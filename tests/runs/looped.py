"""Tests that are coroutines."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

Arguments = ParamSpec("Arguments")

PATIENCE_S = 25.0  # below the 30 s after which a silent owner counts as dead


def looped(test: Callable[Arguments, Coroutine[object, object, None]]) -> Callable[Arguments, None]:
    """Runs a test in a loop of its own, and fails it where it hangs."""

    @functools.wraps(test)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        asyncio.run(asyncio.wait_for(test(*args, **kwargs), PATIENCE_S))

    return run
