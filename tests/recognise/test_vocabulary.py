from __future__ import annotations

import re
import tomllib
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.recognise import vocabulary
from tests.recognise.hostile import HANGS_S, seconds


def found(text: str, section: str, language: str | None = "en") -> list[tuple[str, str]]:
    return [(text[hit.start : hit.end], hit.value) for hit in vocabulary.find(text, section, language)]


def test_there_is_a_file_for_each_of_the_nine_languages() -> None:
    assert set(vocabulary.languages()) >= {"en", "de", "sv", "da", "no", "nl", "fr", "es", "it"}


def test_every_language_has_the_tables_and_keys_of_english() -> None:
    english = vocabulary.table("en")
    for language in vocabulary.languages():
        other = vocabulary.table(language)
        assert other.keys() == english.keys(), language
        for section in english.keys() - {"stop_words"}:
            assert other[section].keys() == english[section].keys(), (language, section)


def test_stop_words_are_read_without_the_rest_of_the_file() -> None:
    for language in vocabulary.languages():
        assert vocabulary.stop_words(language).split() == vocabulary.table(language)["stop_words"].split()


def test_phrases_are_separated_by_commas_and_line_ends() -> None:
    listed = vocabulary.phrases("seniority", "head", "en")
    assert listed == ("head of", "department head")
    assert set(listed) < set(vocabulary.phrases("seniority", "head"))


def test_common_phrases_belong_to_every_language() -> None:
    assert "Deutschland" in vocabulary.phrases("country", "DE", "en")


def test_a_key_that_a_language_does_not_have_has_no_phrases() -> None:
    assert vocabulary.phrases("seniority", "emperor") == ()
    assert vocabulary.phrases("emperors", "head") == ()
    assert vocabulary.names("emperors") == ()


def every_phrase() -> list[tuple[str, str, str]]:
    return [
        (language, section, phrase)
        for language in (*vocabulary.languages(), vocabulary.COMMON)
        for section, names in vocabulary.table(language).items()
        if section != "stop_words"
        for name in names
        for phrase in vocabulary.phrases(section, name, language)
    ]


def test_stars_stand_where_they_are_understood() -> None:
    for language, section, phrase in every_phrase():
        first, *rest = phrase.split()
        if "*" in first:
            assert re.fullmatch(r"[^*=]{3,}\*", first), (language, section, phrase)
        for word in rest:
            assert "*" not in word.rstrip("*"), (language, section, phrase)


def test_every_phrase_finds_itself() -> None:
    for language, section, phrase in every_phrase():
        text = re.sub(r"(?<=\w)\*", "x", phrase.removeprefix("=")).replace("*", "any")
        hits = vocabulary.find(text, section, language)
        assert any(hit.start == 0 for hit in hits), (language, section, phrase)


@pytest.mark.parametrize(
    "text", ["full time", "Full-Time", "FULL TIME", "full\u2011time", "full  time", "full-\ntime", "(full time)"]
)
def test_case_hyphens_and_white_space_make_no_difference(text: str) -> None:
    assert [value for _, value in found(text, "employment_type")] == ["full_time"]


@pytest.mark.parametrize("text", ["fullness of time", "full of time", "full\n\ntime", "full\n- time", "thankful time"])
def test_only_whole_phrases_count(text: str) -> None:
    assert found(text, "employment_type") == []


def test_apostrophes_are_equal() -> None:
    assert found("what we\u2019re looking for", "headings") == [("what we\u2019re looking for", "requirements")]


def test_an_equals_sign_asks_for_the_case() -> None:
    assert found("=CEO: the CEO", "seniority") == [("CEO", "executive"), ("CEO", "executive")]
    assert found("ceo, Ceo", "seniority") == []


def test_a_star_stands_for_the_rest_of_a_word() -> None:
    assert found("Communicating well", "skill") == [("Communicating", "soft")]
    assert found("excommunication", "skill") == []


def test_a_lone_star_stands_for_one_word() -> None:
    assert found("Chief Data Officer", "seniority") == [("Chief Data Officer", "executive")]
    assert found("Chief Officer, chief of all officers", "seniority") == []


def test_the_longest_phrase_of_a_key_wins_and_keys_may_overlap() -> None:
    text = "not required, but appreciated"
    assert found(text, "requirement") == [
        ("not required", "preferred"),
        ("required", "required"),
        ("appreciated", "preferred"),
    ]


def test_offsets_count_code_points() -> None:
    text = "\U0001f680 İ full time"
    (hit,) = vocabulary.find(text, "employment_type", "en")
    assert text[hit.start : hit.end] == "full time"


KINDS = vocabulary.names("employment_type", "en")
WORDS = sorted(
    {word for kind in KINDS for listed in vocabulary.phrases("employment_type", kind, "en") for word in listed.split()}
)


@given(st.lists(st.sampled_from([*WORDS, "work", "of"]), max_size=12))
def test_agrees_with_plain_regular_expressions(words: list[str]) -> None:
    text = " ".join(words)
    expected = set()
    for name in vocabulary.names("employment_type", "en"):
        listed = sorted(vocabulary.phrases("employment_type", name, "en"), key=lambda p: -len(p.split()))
        either = "|".join(re.escape(phrase) for phrase in listed)
        expected |= {(*match.span(), name) for match in re.finditer(rf"(?<!\w)(?:{either})(?!\w)", text)}
    hits = vocabulary.find(text, "employment_type", "en")
    assert {(hit.start, hit.end, hit.value) for hit in hits} == expected


@given(st.text())
def test_any_text_gives_spans_inside_it_in_order(text: str) -> None:
    hits = vocabulary.find(text, "headings")
    assert [hit.start for hit in hits] == sorted(hit.start for hit in hits)
    assert all(0 <= hit.start < hit.end <= len(text) for hit in hits)


@pytest.mark.parametrize("piece", ["what you'll ", "a", "-", "\n", "chief ", "'", "\n-", "\n \t"])
def test_a_hostile_text_does_not_hang(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    assert seconds(lambda hostile: vocabulary.find(hostile, "headings", "en"), text) < HANGS_S


def test_the_files_are_toml_and_read_as_such() -> None:
    for language in (*vocabulary.languages(), vocabulary.COMMON):
        source = resources.files(vocabulary).joinpath(f"{language}.toml").read_text(encoding="utf-8")
        assert vocabulary.table(language) == tomllib.loads(source), language
