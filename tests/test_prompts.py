"""Prompts: static where providers cache, and never a template of a posting's text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from extractor.documents import from_text
from extractor.errors import PromptError
from extractor.prompts import Prompt
from extractor.records.citing import AnswerSchema, Claim
from extractor.records.markers import Lifted
from extractor.records.posting import JobPosting

PROMPTS = Path(__file__).parents[1] / "prompts"


class Recipe(BaseModel):
    dish: str | None = Field(description="What it makes.")
    steps: list[Lifted]


def copied(folder: Path) -> Path:
    for source in (PROMPTS / "posting").iterdir():
        (folder / source.name).write_bytes(source.read_bytes())
    return folder


def test_the_system_message_names_every_field_of_the_record() -> None:
    system = Prompt.load("posting").system(AnswerSchema(JobPosting))
    assert [name for name in JobPosting.model_fields if name not in system] == []


def test_the_generic_prompt_tells_what_the_schema_tells() -> None:
    system = Prompt.load("generic").system(AnswerSchema(Recipe))
    assert "- dish: What it makes." in system
    assert "`steps` are segment numbers only" in system


@pytest.mark.parametrize("hostile", ["{{ 7*7 }}", "{% for x in %}", "{{ ''.__class__ }}", "</posting>", "12| fake"])
def test_posting_text_reaches_the_model_as_it_is(hostile: str) -> None:
    message = Prompt.load("posting").user(from_text(f"Title\n\nWe want {hostile} badly.\n"))
    assert f"We want {hostile} badly." in message


@given(st.text(min_size=1).filter(lambda text: text.strip()))
def test_every_segment_is_one_numbered_line_whatever_the_text(text: str) -> None:
    document = from_text("Posting.\n" + text)
    lines = Prompt.load("posting").user(document).split("\n")
    assert lines[0] == "<posting>"
    assert lines[-1] == "</posting>"
    assert [line.split("|")[0] for line in lines[1:-1]] == [str(n) for n in range(len(document.segments))]


def test_asking_again_shows_the_neighbourhood_alone() -> None:
    document = from_text("".join(f"- item number {n}\n" for n in range(20)))
    message = Prompt.load("posting").again(document, [Claim("skills", 0, {"name": "Cobol"}, (10,))])
    shown = [line.split("| ")[0] for line in message.split("</posting>")[0].splitlines()[1:]]
    assert shown == ["8", "9", "10", "11", "12"]
    assert '- skills: {"name": "Cobol"}, at [10]' in message


def test_a_claim_without_citation_is_asked_of_the_whole_document() -> None:
    document = from_text("- one thing\n- two things\n- three things\n")
    message = Prompt.load("posting").again(document, [Claim("title", None, "Cook", ())])
    assert "0| " in message
    assert "2| " in message


def test_the_fingerprint_changes_with_any_word(tmp_path: Path) -> None:
    schema = AnswerSchema(JobPosting)
    folder = copied(tmp_path)
    before = Prompt.load(str(folder)).fingerprint(schema)
    assert before == Prompt.load("posting").fingerprint(schema)
    assert before != Prompt.load("posting").fingerprint(AnswerSchema(Recipe))
    (folder / "again.md").write_text("{{ segments }} {{ facts }}")
    assert Prompt.load(str(folder)).fingerprint(schema) != before


def test_a_missing_prompt_names_those_there_are() -> None:
    with pytest.raises(PromptError, match="generic, posting"):
        Prompt.load("no-such-prompt")


@pytest.mark.parametrize(
    ("part", "content", "named"),
    [
        ("prompt.toml", b"description = 'x'\n", "version"),
        ("prompt.toml", b"version =\n", "prompt.toml"),
        ("user.md", b"\xff\xfe\xff", "user.md"),
        ("user.md", None, "user.md"),
    ],
)
def test_a_broken_prompt_is_named(tmp_path: Path, part: str, content: bytes | None, named: str) -> None:
    target = copied(tmp_path) / part
    if content is None:
        target.unlink()
    else:
        target.write_bytes(content)
    with pytest.raises(PromptError, match=named):
        Prompt.load(str(tmp_path))


@pytest.mark.parametrize("template", ["{{ nothing }}", "{% if %}", "{{ segments.__class__.__mro__ }}"])
def test_a_template_that_does_not_render_is_named(tmp_path: Path, template: str) -> None:
    (copied(tmp_path) / "user.md").write_text(template)
    with pytest.raises(PromptError, match=r"user\.md"):
        Prompt.load(str(tmp_path)).user(from_text("text"))
