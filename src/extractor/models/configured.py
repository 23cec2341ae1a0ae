"""Who answers, who records it and who is told of it, by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.errors import UsageError
from extractor.records.posting import JobPosting

if TYPE_CHECKING:
    from pydantic import BaseModel

    from extractor.models.base import Answers, Model
    from extractor.models.cassettes import Cassettes
    from extractor.models.telemetry import Telemetry
    from extractor.settings import Settings


def configured(
    settings: Settings, schema: type[BaseModel], answers: Answers | None, telemetry: Telemetry | None
) -> Model:
    """The built-in rules, or the language model that `settings` name. Raises `UsageError` where neither can answer."""
    if settings.model is None or settings.model == "rules":
        if schema is not JobPosting:
            raise UsageError(
                f"the built-in rules know JobPosting alone, not {schema.__name__}: "
                "name a language model (--model, EXTRACTOR_MODEL)."
            )
        from extractor.models.rules import Rules

        return Rules()
    if settings.api_key is None and settings.base_url is None and settings.replay is None:
        raise UsageError(
            f"model {settings.model} at the OpenAI API needs a key: set OPENAI_API_KEY, "
            "or name another address (--base-url), or use --model rules."
        )
    from extractor.models.limits import Budget, Pace
    from extractor.models.llm import LanguageModel
    from extractor.models.prices import price_of, prices

    price = price_of(settings.model, prices(settings.prices))
    return LanguageModel(
        settings.model,
        api_key=settings.api_key.get_secret_value() if settings.api_key else None,
        base_url=settings.base_url,
        mode=settings.mode,
        timeout_s=settings.timeout_s,
        deadline_s=settings.deadline_s,
        attempts=settings.attempts,
        reasks=settings.reasks,
        parameters=settings.parameters,
        price=price,
        answers=answers,
        pace=Pace(concurrency=settings.concurrency, rpm=settings.rpm, tpm=settings.tpm),
        budget=Budget(price, max_cost_usd=settings.max_cost_usd, max_tokens=settings.max_tokens),
        telemetry=telemetry,
    )


def recorder(settings: Settings) -> Cassettes | None:
    """The cassettes that record the exchanges with a model, or play them back. None: neither is wanted."""
    folder = settings.record or settings.replay
    if folder is None:
        return None
    from extractor.models.cassettes import Cassettes

    return Cassettes(folder, recording=folder is settings.record)


def tracer(settings: Settings) -> Telemetry | None:
    """Who tells OpenTelemetry; None: nobody."""
    if settings.telemetry == "off":
        return None
    from extractor.models.telemetry import Telemetry

    return Telemetry(settings.base_url, content=settings.telemetry == "content")
