from __future__ import annotations

import pytest

from extractor import Extractor
from extractor.documents import read

from .seen import parts

FRONT = '---\ntitle: "Cook: hot. And cold!"\ndate: 2026-03-04\nlocation: Turku\ntags:\n  - soup\n  - stew\n---\n'


def test_its_fields_are_rows_and_its_lists_items() -> None:
    document = read(f"{FRONT}\n## Tasks\n\n- Cook\n".encode(), source="a.md")
    assert document.text == f"{FRONT}\n## Tasks\n\n- Cook\n"
    assert parts(document) == [
        ("text", "---"),
        ("row", 'title: "Cook: hot. And cold!"'),
        ("row", "date: 2026-03-04"),
        ("row", "location: Turku"),
        ("heading", "tags:"),
        ("item", "soup"),
        ("item", "stew"),
        ("text", "---"),
        ("heading", "Tasks"),
        ("item", "Cook"),
    ]


def test_it_makes_plain_text_markdown() -> None:
    assert read(f"{FRONT}We need a cook.\n".encode(), source="a.txt").media_type == "text/markdown"
    assert read(FRONT.strip().encode(), source="a.txt").media_type == "text/markdown"
    assert read(b"---\nWe need a cook.\n---\n", source="a.txt").media_type == "text/plain"


def test_html_below_it_is_read_as_html() -> None:
    document = read(f"{FRONT}<h1>Cook</h1>\n<p>We cook.</p>\n<ul><li>Soup</li></ul>\n".encode(), source="a.html")
    assert document.media_type == "text/html"
    assert document.text == f"{FRONT.strip()}\n\nCook\n\nWe cook.\n\n- Soup"
    assert parts(document)[1] == ("row", 'title: "Cook: hot. And cold!"')
    assert parts(document)[-3:] == [("heading", "Cook"), ("text", "We cook."), ("item", "Soup")]


@pytest.mark.parametrize("body", ["We need a cook who cooks.", "<p>We need a cook who cooks.</p>"])
def test_its_date_is_that_of_posting(body: str) -> None:
    with Extractor(model="rules") as extractor:
        found = extractor.extract(read(f"{FRONT}{body}\n".encode(), source="a")).to_dict()
    assert found["record"]["posted_on"] == "2026-03-04"
    assert [span["grade"] for span in found["evidence"]["/posted_on"]] == ["derived"]
