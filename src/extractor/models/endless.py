"""An answer that doesn't end is cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# A whole record is a few kilobytes.
MAX_ANSWER_BYTES = 20_000_000


class EndlessError(Exception):
    """An answer longer than any answer can be."""


class _Bounded(httpx2.AsyncByteStream):
    """A response's stream that ends in an error where it doesn't end by itself."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                raise EndlessError(f"more than {MAX_ANSWER_BYTES // 1_000_000} MB of it")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def bound(response: httpx2.Response) -> None:
    """Has the stream of this response end with `EndlessError` after `MAX_ANSWER_BYTES`: a hook of the client's."""
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _Bounded(response.stream)
