"""A small schema, and records of it, that the tests of this room share."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from hypothesis import strategies as st
from pydantic import BaseModel, StringConstraints

from extractor.documents.document import Document, Segment


class Level(StrEnum):
    LOW = "low"
    HIGH = "high"


class Maker(BaseModel):
    name: str | None
    country: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")] | None


class Part(BaseModel):
    name: str | None
    level: Level
    weight: float | None
    tags: list[Level]


class Thing(BaseModel):
    title: str | None
    made_on: date | None
    price: float | None
    level: Level | None
    maker: Maker | None
    parts: list[Part]
    colours: list[str]


EMPTY: dict[str, Any] = {
    "title": None,
    "made_on": None,
    "price": None,
    "level": None,
    "maker": None,
    "parts": [],
    "colours": [],
}


def thing(**given: Any) -> dict[str, Any]:
    return {**EMPTY, **given}


def part(name: str | None, level: str = "low", weight: float | None = None) -> dict[str, Any]:
    return {"name": name, "level": level, "weight": weight, "tags": []}


def document(text: str, name: str = "d") -> Document:
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines))]
    segments = tuple(
        Segment(start, start + len(line), start, "text") for start, line in zip(starts, lines, strict=True)
    )
    return Document(name, name, "text/plain", "", text, segments)


# Few words over a small alphabet, so that texts are often equal, alike or contained in one another.
WORDS = st.sampled_from(["steel", "steal", "bolt", "bolts", "a", "ab", "Ab.", "ünder", "UNDER", "big bolt", "4711"])
TEXTS = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
LEVELS = st.sampled_from(["low", "high"])
PARTS = st.fixed_dictionaries(
    {
        "name": st.none() | TEXTS,
        "level": LEVELS,
        "weight": st.none() | st.sampled_from([1, 1.0, 2.5]),
        "tags": st.lists(LEVELS, max_size=2),
    }
)
THINGS = st.fixed_dictionaries(
    {
        "title": st.none() | TEXTS,
        "made_on": st.none() | st.sampled_from(["2024-02-29", "2025-01-01"]),
        "price": st.none() | st.sampled_from([0, 1, 50_000.0]),
        "level": st.none() | LEVELS,
        "maker": st.none()
        | st.fixed_dictionaries({"name": st.none() | TEXTS, "country": st.none() | st.sampled_from(["SE", "DE"])}),
        "parts": st.lists(PARTS, max_size=4),
        "colours": st.lists(TEXTS, max_size=4),
    }
)
RECORDS = st.dictionaries(st.sampled_from(["one", "two"]), THINGS, min_size=1)
