from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.documents import read
from extractor.documents.mending import mended

from .seen import parts

HYPHENS = "Soft hyphens were taken out."
LIGATURES = "Ligatures (such as “ﬁ”) were spelt out."
ZERO_WIDTH = "Zero-width characters were taken out."
MOJIBAKE = "Letters that had been decoded wrongly (mojibake, such as “fÃ¼r”) were mended."
SPACES = "Doubled spaces were made one."
JUSTIFIED = "We  look  for  a  cook   who  stews,  bakes  and  roasts  well  for  many  people.  "


@pytest.mark.parametrize(
    ("broken", "whole", "warning"),
    [
        (
            "Lager\xadlogistik und Be\xad\n  stände, Ein- und Ver\xad\nKauf",
            "Lagerlogistik und Bestände, Ein- und Ver\nKauf",
            HYPHENS,
        ),
        ("eﬃcient oﬀice, ﬁrst ﬂoor, ﬄ", "efficient office, first floor, ffl", LIGATURES),
        ("cook\u200bing \ufeffto\u2060day, sem\u200dper", "cooking today, semper", ZERO_WIDTH),
        ("KÃ¶chin fÃ¼r MÃ¼nchen â€“ 40.000 â‚¬", "Köchin für München – 40.000 €", MOJIBAKE),
        ("the worldâ\x80\x99s best", "the world’s best", MOJIBAKE),
        ("Ã\x85sa pÃ¥ LuleÃ¥", "Åsa på Luleå", MOJIBAKE),
        (JUSTIFIED, "We look for a cook who stews, bakes and roasts well for many people.  ", SPACES),
    ],
)
def test_each_kind(broken: str, whole: str, warning: str) -> None:
    assert mended(broken) == (whole, [warning])
    document = read(broken.encode(), source="test")
    assert document.text == whole
    assert document.warnings == (warning,)
    assert "".join(document.text[part.start : part.end] for part in document.segments) == whole


@pytest.mark.parametrize(
    "text",
    [
        "Bäckerei „Müller“ – 40.000 € · “quoted” … naïve café, Ångström, ÉCOLE”, Âgé, Île-de-France",
        "می\u200cخواهم 👩\u200d🔬 हिन्\u200dदी",
        "Two spaces.  After each.  Full stop.  As typists  did. " * 3,
        "Shift  Pay\nDay    15\nNight  20\n" * 9,
        "o  Soup\no  Stew\n" * 20,
        "   We set in.\n      And further.\n" * 20,
        "a  b",
    ],
)
def test_what_is_whole_stays(text: str) -> None:
    assert mended(text) == (text, [])


@given(st.text(alphabet=st.sampled_from("ab\n .,\xad\u200b\u200cﬁﬃÃ¼â€“ \xa0é\u0301")))
def test_mended_text_needs_no_mending_but_of_what_came_to_stand_together(text: str) -> None:
    once, warnings = mended(text)
    assert (once == text) == (not warnings)
    for sign in "\xad\u200bﬁﬃ":
        assert sign not in once


def test_pages_are_mended_as_they_are_shown() -> None:
    page = (
        "<!doctype html><title>x</title><p><b>Auf&shy;gaben:</b> Waren be&#173;we&#xAD;gen.</p>"
        "<ul><li><b>ﬁx:</b> Lager\u200b</li><li>\u200b</li><li>fÃ¼r uns</li></ul>"
    )
    document = read(page.encode(), source="test")
    assert document.text == "Aufgaben: Waren bewegen.\n\n- fix: Lager\n- für uns"
    assert parts(document) == [("text", "Waren bewegen."), ("item", "Lager"), ("item", "für uns")]
    assert document.warnings == (MOJIBAKE, HYPHENS, LIGATURES, ZERO_WIDTH)


def test_entities_in_plain_text_are_mended_too() -> None:
    assert read(b"Lager&shy;arbeit", source="test").text == "Lagerarbeit"
