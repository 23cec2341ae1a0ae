"""What a run would ask and cost, without asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from extractor.errors import DocumentError
from extractor.models.llm import LanguageModel
from extractor.models.prices import price_of, prices
from extractor.outcome import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from extractor.extraction import Extractor, Posting
    from extractor.runs.store import Store

# Four characters a token is what OpenAI gives for English: help.openai.com/en/articles/4936856
_BYTES_PER_TOKEN = 4
# What an answer takes where the store has none to go by: the mean of the five seeds' in cassettes/, rounded up.
_OUTPUT_TOKENS = 700


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is to be expected of a run: documents, and about how many tokens and US dollars those to ask will take.

    `stored` have a result already, `failed` of them a failure; `unreadable` can't be asked about. No re-asks, and no
    discount for cached input, are reckoned with. `cost_usd` is None where the model's price isn't known.
    """

    documents: int
    stored: int
    failed: int
    unreadable: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None

    @property
    def to_ask(self) -> int:
        """Documents that would be asked about."""
        return self.documents - self.stored - self.unreadable


async def estimate(
    extractor: Extractor[Any], postings: Iterable[Posting], store: Store | None, *, retry_failed: bool = False
) -> Estimate:
    """What `extractor` would do with `postings`, `store` being its own. Documents alike are counted each."""
    documents = stored = failed = unreadable = size = 0
    model = extractor.model
    async with extractor:
        for posting in postings:
            documents += 1
            try:
                document = None if isinstance(posting, Failure) else extractor.read(posting)
            except DocumentError:
                document = None
            if document is None:
                unreadable += 1
                continue
            known = await extractor.known(document)
            if known and not (known.error and retry_failed):
                stored += 1
                failed += known.error is not None
            elif isinstance(model, LanguageModel):
                size += model.size(extractor.request(document))
    asked = documents - stored - unreadable if isinstance(model, LanguageModel) else 0
    typical = store.typical_output_tokens(model.name) if store and asked else None
    given, made = round(size / _BYTES_PER_TOKEN), round(asked * (typical or _OUTPUT_TOKENS))
    price = price_of(model.name, prices(extractor.settings.prices))
    cost = price.of(given, 0, made) if price else None if asked else 0.0
    return Estimate(documents, stored, failed, unreadable, given, made, cost)
