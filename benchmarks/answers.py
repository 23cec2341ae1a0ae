"""How long a model's answers are, against the same records with a verbatim quote as each fact's evidence.

The answers are those in `cassettes/`, of a language model behind the relay, all that it was asked of a document summed.
The peer is the record that came of them, compact JSON too, each fact with the sentence, list item or heading that
states it. The last column quotes no more than the very words of the evidence, which is as short as quotes can be, and
shorter than they are of use: of a skill it repeats the name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from extractor import Document, Extraction, Extractor, JobPosting, Span

if TYPE_CHECKING:
    from collections.abc import Callable

_ROOT = Path(__file__).parents[1]


def answered_bytes(cassette: Path) -> int:
    """UTF-8 bytes of the answers in a cassette."""
    exchanges = yaml.safe_load(cassette.read_text("utf-8"))["interactions"]
    bodies = [json.loads(exchange["response"]["body"]["string"]) for exchange in exchanges]
    return sum(len(body["choices"][0]["message"]["content"].encode()) for body in bodies)


def stated(document: Document, span: Span) -> str:
    """The whole segments that a span lies in."""
    return " ".join(
        document.shown(number)
        for number, segment in enumerate(document.segments)
        if segment.start < span.end and span.start < segment.end
    )


def words(document: Document, span: Span) -> str:
    """The very words of a span."""
    return document.text[span.start : span.end]


def quoted_bytes(extraction: Extraction[JobPosting], quote_of: Callable[[Document, Span], str]) -> int:
    """UTF-8 bytes of the record with a quote beside each fact."""

    def quoted(pointer: str, value: Any) -> Any:
        quotes = dict.fromkeys(quote_of(extraction.document, span) for span in extraction.evidence[pointer])
        quote = " … ".join(quotes)
        return {**value, "quote": quote} if isinstance(value, dict) else {"value": value, "quote": quote}

    line: dict[str, Any] = {}
    for name, value in extraction.record.model_dump(mode="json").items():
        if isinstance(value, list):
            line[name] = [quoted(f"/{name}/{index}", item) for index, item in enumerate(value)]
        else:
            line[name] = None if value is None else quoted(f"/{name}", value)
    return len(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode())


def main() -> None:
    print("| seed | facts | answer, bytes | with sentences quoted | share | with words quoted | share |")
    print("|------|------:|--------------:|----------------------:|------:|------------------:|------:|")
    rows: list[list[int]] = []
    with Extractor(model="relay", replay=_ROOT / "cassettes") as extractor:
        for seed in sorted((_ROOT / "seeds").glob("*.txt")):
            extraction = extractor.extract(seed)
            rows.append(
                [
                    len(extraction.evidence),
                    answered_bytes(_ROOT / "cassettes" / f"{seed.stem}.yaml"),
                    quoted_bytes(extraction, stated),
                    quoted_bytes(extraction, words),
                ]
            )
            show(seed.stem[:4], rows[-1])
    show("all ", [sum(column) for column in zip(*rows, strict=True)])


def show(name: str, row: list[int]) -> None:
    facts, answer, sentences, shortest = row
    print(
        f"| {name} | {facts:5} | {answer:13} | {sentences:21} | {answer / sentences:5.0%} "
        f"| {shortest:17} | {answer / shortest:5.0%} |"
    )


if __name__ == "__main__":
    main()
