from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from extractor.recognise.words import folded, words_of


@given(st.text())
def test_words_and_what_stands_between_them_make_up_the_text(text: str) -> None:
    words = words_of(text)
    cuts = [0, *(place for span in zip(words.starts, words.ends, strict=True) for place in span), len(text)]
    assert cuts == sorted(cuts)
    assert [len(gap) for gap in words.gaps] == [end - start for start, end in zip(cuts[::2], cuts[1::2], strict=True)]
    assert all(start < end for start, end in zip(words.starts, words.ends, strict=True))


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_fall_into_the_same_words_beside_others(text: str) -> None:
    assert words_of(f"{text} \u2014").folded == words_of(text).folded


@given(st.text(st.characters(max_codepoint=127)))
def test_phrases_fall_into_the_words_of_texts(text: str) -> None:
    assert folded(text) == words_of(text).folded


def test_signs_and_shares_belong_to_words() -> None:
    assert words_of("C++, c# or .NET_4: 100 % Remote").folded == ["c++", "c#", "or", "net", "4", "100%", "remote"]
