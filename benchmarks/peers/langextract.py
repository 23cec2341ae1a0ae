"""langextract, as its documentation shows it: a prompt, an example, and `extract` for many documents.

A posting is one chunk, which is one request; by default (1,000 characters a chunk) it would be four.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import langextract as lx  # type: ignore[import-not-found]  # in .venv-peers alone

from benchmarks import posting
from benchmarks.peers.protocol import measured

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

_PROMPT = "Extract the facts of a job posting, in the words of the posting, in order of appearance."
_EXAMPLE = "Gardener\nEmployer: Rose Park\nYou know pruning. Write to Kim Lee, kim@park.example."
_EXTRACTIONS = [
    lx.data.Extraction("title", "Gardener", attributes={}),
    lx.data.Extraction("employer", "Rose Park", attributes={}),
    lx.data.Extraction("skill", "pruning", attributes={"type": "hard", "requirement": "required"}),
    lx.data.Extraction("contact", "Kim Lee", attributes={"email": "kim@park.example"}),
]


def documented(url: str, concurrency: int) -> Callable[[Sequence[str]], Awaitable[None]]:
    async def run(postings: Sequence[str]) -> None:
        annotated = lx.extract(
            [lx.data.Document(text) for text in postings],
            prompt_description=_PROMPT,
            examples=[lx.data.ExampleData(_EXAMPLE, _EXTRACTIONS)],
            model_id="gpt-4o-mini",  # by the name it chooses its OpenAI provider
            model_url=url,
            api_key="none",
            max_char_buffer=10_000,
            max_workers=concurrency,
            batch_length=concurrency,
            show_progress=False,
        )
        for document in annotated:
            grounded = [fact for fact in document.extractions if fact.char_interval]
            assert len(grounded) == posting.FACTS

    return run


if __name__ == "__main__":
    asyncio.run(measured(documented))
