from __future__ import annotations

from typing import TYPE_CHECKING, Any

from extractor.evaluation.alignment import Outcome, outcomes
from extractor.evaluation.errors import Mistake, by_field, mistakes, suspicions
from extractor.evaluation.witness import Witness
from extractor.grounding import Grade, Span
from tests.evaluation.made import Thing, document, part, thing

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT = "Steel bolt, galvanised\nMade on 9 May 2025 by Ek Works\nComes in red, blue and dark green\n"


def compared(gold: dict[str, Any], predicted: dict[str, Any]) -> list[Outcome]:
    return outcomes(Thing, gold, predicted)


def found(
    gold: dict[str, Any], predicted: dict[str, Any], evidence: Mapping[str, tuple[Span, ...]] | None = None
) -> list[Mistake]:
    return mistakes("d", compared(gold, predicted), Witness(Thing, document(TEXT), evidence))


def what(mistake: Mistake) -> tuple[str, str, str | None, str | None]:
    return mistake.kind, mistake.field, mistake.gold_pointer, mistake.predicted_pointer


def stated(mistake: Mistake) -> list[str]:
    return [TEXT[start:end] for start, end in mistake.places]


def test_a_perfect_prediction_has_none() -> None:
    record = thing(title="Steel bolt", price=5, parts=[part("head", "high")], colours=["red", "red"])
    assert found(record, record) == []


def test_missed() -> None:
    [mistake] = found(thing(colours=["red", "dark green"]), thing(colours=["red"]))
    assert what(mistake) == ("missed", "colours", "/colours/1", None)
    assert (mistake.gold, mistake.predicted) == ("dark green", None)
    assert stated(mistake) == ["dark green"]


def test_a_missed_date_has_its_place() -> None:
    [mistake] = found(thing(made_on="2025-05-09"), thing())
    assert stated(mistake) == ["9 May 2025"]


def test_spurious() -> None:
    [mistake] = found(thing(colours=["red"]), thing(colours=["red", "blue"]))
    assert what(mistake) == ("spurious", "colours", None, "/colours/1")
    assert stated(mistake) == ["blue"]


def test_unsupported_by_search() -> None:
    [mistake] = found(thing(), thing(colours=["violet"]))
    assert what(mistake) == ("unsupported", "colours", None, "/colours/0")
    assert mistake.places == ()


def test_unsupported_by_evidence() -> None:
    for spans in ((), (Span(24, 27, Grade.UNSUPPORTED),)):
        [mistake] = found(thing(), thing(colours=["blue"]), {"/colours/0": spans})
        assert mistake.kind == "unsupported"
    start = TEXT.index("dark")
    [mistake] = found(thing(), thing(colours=["blue"]), {"/colours/0": (Span(start, start + 4, Grade.CITED),)})
    assert mistake.kind == "spurious"
    assert stated(mistake) == ["dark"]


def test_the_parts_of_an_object_share_its_evidence() -> None:
    evidence = {"/maker": (Span(39, 47, Grade.VERBATIM),)}
    [mistake] = found(thing(), thing(maker={"name": "Works", "country": None}), evidence)
    assert what(mistake) == ("spurious", "maker.name", None, "/maker/name")
    assert mistake.places == ((39, 47),)


def test_what_has_no_letters_is_spurious_where_search_finds_nothing() -> None:
    assert [mistake.kind for mistake in found(thing(), thing(level="high"))] == ["spurious"]


def test_without_a_document_nothing_is_unsupported() -> None:
    [mistake] = mistakes("d", compared(thing(), thing(colours=["violet"])), Witness(Thing))
    assert (mistake.kind, mistake.places) == ("spurious", ())


def test_boundary_of_texts_that_are_alike() -> None:
    # 2 * 10 / (10 + 13) = 0.87
    [mistake] = found(thing(title="Steel bolt"), thing(title="Steel bolt, g"))
    assert what(mistake) == ("boundary", "title", "/title", "/title")


def test_boundary_of_texts_of_which_one_holds_the_other() -> None:
    # "galvanised" (10) in "steel bolt galvanised" (21): 2 * 10 / 31 = 0.65, no match
    listed = found(thing(colours=["red", "galvanised"]), thing(colours=["steel bolt galvanised", "red"]))
    assert [what(mistake) for mistake in listed] == [("boundary", "colours", "/colours/1", "/colours/0")]
    alone = found(thing(title="galvanised"), thing(title="steel bolt galvanised"))
    assert [what(mistake) for mistake in alone] == [("boundary", "title", "/title", "/title")]


def test_a_text_at_the_bound_of_strict_has_no_wrong_extent() -> None:
    # 2 * 19 / 40 = 0.95
    assert found(thing(title="a" * 19 + "b"), thing(title="a" * 19 + "c")) == []


def test_a_text_that_holds_two_is_the_boundary_of_one() -> None:
    # of its 5 words it shares 1 with "red", 2 with "dark green", the likelier
    listed = found(thing(colours=["red", "dark green"]), thing(colours=["red or blue or dark green"]))
    assert [(mistake.kind, mistake.gold) for mistake in listed] == [("boundary", "dark green"), ("missed", "red")]


def test_wrong_attribute() -> None:
    gold = thing(parts=[part("bolt", "low", 1), part("Ek Works", "high")])
    listed = found(gold, thing(parts=[part("bolt", "high", 2), part("Ek Works", "high")]))
    assert [what(mistake) for mistake in listed] == [
        ("wrong_attribute", "parts.level", "/parts/0", "/parts/0"),
        ("wrong_attribute", "parts.weight", "/parts/0", "/parts/0"),
    ]
    assert [(mistake.gold, mistake.predicted) for mistake in listed] == [("low", "high"), (1, 2)]


def test_one_item_can_have_a_wrong_extent_and_a_wrong_attribute() -> None:
    listed = found(thing(parts=[part("Steel bolt")]), thing(parts=[part("Steel bolt, g", "high")]))
    assert [mistake.kind for mistake in listed] == ["boundary", "wrong_attribute"]


def test_wrong_normalisation_of_values() -> None:
    gold = thing(made_on="2025-05-09", price=50_000, level="low", maker={"name": None, "country": "SE"})
    predicted = thing(made_on="2025-09-05", price=50, level="high", maker={"name": None, "country": "DE"})
    listed = found(gold, predicted)
    assert [(mistake.kind, mistake.field) for mistake in listed] == [
        ("wrong_normalisation", "made_on"),
        ("wrong_normalisation", "price"),
        ("wrong_normalisation", "level"),
        ("wrong_normalisation", "maker.country"),
    ]


def test_wrong_normalisation_of_a_text_read_from_the_same_place() -> None:
    gold, predicted = thing(title="Steel bolt"), thing(title="Stahlschraube")
    here = {"/title": (Span(0, 10, Grade.CITED),)}
    beside = {"/title": (Span(10, 47, Grade.CITED),)}
    assert [mistake.kind for mistake in found(gold, predicted, here)] == ["wrong_normalisation"]
    assert [mistake.kind for mistake in found(gold, predicted, beside)] == ["missed", "spurious"]


def test_another_item_of_a_list_is_missed_and_spurious() -> None:
    listed = found(thing(colours=["red"]), thing(colours=["blue"]))
    assert [mistake.kind for mistake in listed] == ["missed", "spurious"]


def test_counted_by_field() -> None:
    listed = found(
        thing(colours=["red", "dark green"], parts=[part("bolt")]),
        thing(colours=["violet"], parts=[part("bolt", "high")]),
    )
    assert by_field(listed) == {"colours": {"missed": 2, "unsupported": 1}, "parts.level": {"wrong_attribute": 1}}


def suspected(gold: dict[str, Any], first: dict[str, Any], second: dict[str, Any]) -> list[tuple[Any, ...]]:
    witness = Witness(Thing, document(TEXT))
    listed = suspicions("d", compared(gold, first), compared(gold, second), witness)
    return [(s.field, s.gold_pointer, s.gold, s.predicted) for s in listed]


def test_two_that_agree_against_the_gold_are_suspicious() -> None:
    gold = thing(title="Ek Works", colours=["red"])
    first = thing(title="Steel bolt", colours=["blue", "red"])
    second = thing(title="steel bolt", colours=["red", "Blue"])
    assert suspected(gold, first, second) == [
        ("title", "/title", "Ek Works", "Steel bolt"),
        ("colours", None, None, "blue"),
    ]


def test_two_that_agree_on_an_attribute_or_an_extent() -> None:
    gold = thing(title="Steel bolt, g", parts=[part("bolt", "low")])
    same = thing(title="Steel bolt", parts=[part("bolt", "high")])
    assert suspected(gold, same, same) == [
        ("title", "/title", "Steel bolt, g", "Steel bolt"),
        ("parts.level", "/parts/0", "low", "high"),
    ]


def test_nothing_is_suspicious_where_they_differ_or_the_text_does_not_support_them() -> None:
    gold = thing(title="Ek Works", colours=["red"], parts=[part("bolt", "low", 1)])
    first = thing(title="Steel bolt", colours=["violet"], parts=[part("bolt", "low", 2)])
    second = thing(title="galvanised", colours=["violet"], parts=[part("bolt", "low", 3)])
    assert suspected(gold, first, second) == []
