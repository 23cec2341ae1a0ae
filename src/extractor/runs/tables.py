"""The store's tables, as the last migration leaves them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Double, LargeBinary, Text, column, table

COUNTS = ("requests", "input_tokens", "cached_tokens", "output_tokens")
USAGE = (*COUNTS, "cost_usd")  # as `Usage` has them

version = table("extractor_version", column("version", BigInteger))

answers = table(
    "extractor_answers",
    column("key", Text),
    column("model", Text),
    column("made_at", Double),  # seconds since 1970, UTC, as all times here
    column("body", LargeBinary),
    *(column(name, BigInteger) for name in COUNTS),
    column("cost_usd", Double),
)

results = table(
    "extractor_results",
    column("key", Text),
    column("document", Text),
    column("source", Text),
    column("made_at", Double),
    column("body", LargeBinary),
    column("error_type", Text),
    column("error_message", Text),
    *(column(name, BigInteger) for name in COUNTS),
    column("cost_usd", Double),
)

owners = table("extractor_owners", column("id", Text), column("host", Text), column("beat", Double))

claims = table("extractor_claims", column("key", Text), column("owner", Text))
