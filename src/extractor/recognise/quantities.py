"""The quantity before a unit: a figure or a number word, its range, and whether it is a lower or an upper bound."""

from __future__ import annotations

from typing import Literal, NamedTuple

from extractor.recognise.numbers import HALVES, is_shared, number_word, readings, words
from extractor.recognise.patterns import pattern

Bound = Literal["min", "max"]

_REACH = 48  # characters before a unit that may belong to its quantity
_TOKEN = pattern(r"[0-9]+(?:[.,][0-9]+)*(?:[ \u00a0]?½)?|½|[^\W\d_]+|\S")
_LAST_WORD = pattern(r"(?:[^\W\d_]+|[0-9½+])\Z")
_BETWEEN_UNIT = "-'’‑) \n\t\u00a0"
_LETTERS = pattern(r"[^\W\d_]+")

# Words that bound a figure from below or above in nine languages; marks and apostrophes between words don't count.
# Those of the first row also open a range ("from 3 to 5"), where they bound nothing.
_OPENING = "from|starting from|ab|från|fra|vanaf|partir de|partir d|dès|desde|da|dai|partire da"
_LOWER = (
    "at least|minimum|min|mind|minimum of|starting at|starts at|over|more than|above|no less than|not less than"
    "|upwards of|greater than|mindestens|wenigstens|zumindest|mehr als|über|beginnend bei|minst|lägst|mer än|över"
    "|åtminstone|mindst|mere end|mer enn|minimal|minimaal|minstens|tenminste|ten minste|meer dan|au moins|plus de"
    "|plus d|minimum de|supérieure à|al menos|por lo menos|mínimo|mínimo de|mínima de|mínima|más de|superior a|almeno"
    "|minimo|minimo di|minima di|più di|oltre|non meno di"
)
_UPPER = (
    "up to|upto|max|maximum|maximum of|no more than|not more than|less than|under|below|bis|bis zu|höchstens|maximal"
    "|unter|weniger als|upp till|uppemot|maximalt|högst|som mest|op til|højst|maks|maksimalt|maksimum|opptil|opp til"
    "|inntil|mindre än|mindre end|mindre enn|tot|maximaal|hoogstens|minder dan|ten hoogste|jusqu à|jusqu a|maximum de"
    "|moins de|hasta|máximo|máximo de|menos de|fino a|fino ad|massimo|massimo di|meno di"
)


def _endings(phrases: str) -> tuple[str, ...]:
    return tuple(f" {words}" for words in phrases.split("|"))


_ENDS_OPENING, _ENDS_LOWER, _ENDS_UPPER = _endings(_OPENING), _endings(_LOWER), _endings(_UPPER)
_ABOUT = pattern(
    r" (?:about|around|approx|approximately|circa|ca|c|etwa|rund|ungefähr|cirka|omkring|ongeveer|environ"
    r"|aproximadamente|alrededor de|unos|unas|the|de|un|a|i|gli|le|los|las)$"
)
_BROKEN = pattern(r"[0-9]|\n\s*\n|[.;]\s[^\W_]")
_MORE = words("more above over up mehr mer fler flere mere meer plus más più oltre darüber hoger superior")
_BOUND_AFTER = pattern(
    r"[ \t\u00a0,]{0,2}(?:(\+|(?:or|and|oder|und|eller|och|og|of|en|ou|et|o|y|e)\s"
    rf"(?:{'|'.join(sorted(_MORE))})(?![^\W_])"
    r"|(?:minimum|mínimo|minimo|minst|aufwärts|upwards|uppåt|oppover|opefter|au moins|como mínimo)(?![^\W_]))"
    r"|(?:max|maximum|maximal|maximalt|máximo|massimo|au maximum|maks)(?![^\W_]))"
)
_SPANS = words("- – — ~ / to till until through bis til tot à a ad al or oder eller of ou o")
_JOINS = words("and und och og en et y e")
_BETWEEN = words("between zwischen mellan mellem mellom tussen entre tra fra")
_ARTICLES = words("a an ett et ein eine een un une una uno the i gli le les los las")


class Quantity(NamedTuple):
    """`low`, to `high` where a range is written; `bound` where words or a plus sign say what it bounds."""

    start: int
    low: float
    high: float | None
    bound: Bound | None


def bound_before(lower: str, start: int, *, opens_range: bool = False) -> Bound | None:
    """What the words right before `start` make of the figure there, or of the range; `lower` is in lower case."""
    before = lower[max(0, start - 40) : start]
    mark = before.rstrip()[-1:]
    if mark in ("+", ">", "≥"):
        return "min"
    if mark in ("<", "≤"):
        return "max"
    tail = " " + " ".join(_LETTERS.findall(_BROKEN.split(before)[-1]))
    for words_before in (tail, _ABOUT.sub("", tail)):
        if words_before.endswith(_ENDS_UPPER):
            return "max"
        if words_before.endswith(_ENDS_LOWER) or (words_before.endswith(_ENDS_OPENING) and not opens_range):
            return "min"
    return None


def bound_after(lower: str, end: int) -> tuple[Bound | None, int]:
    """What stands right behind a figure that ends at `end` ("+", "or more", "max"), and where that ends."""
    match = _BOUND_AFTER.match(lower, end)
    if not match:
        return None, end
    return ("min" if match[1] else "max"), match.end()


def quantity_before(lower: str, end: int) -> Quantity | None:
    """The quantity whose unit begins at `end`: "at least 2-3", "fünf", "five (5)", "5 or more", "ett och ett halvt"."""
    near = lower[max(0, end - 24) : end].rstrip(_BETWEEN_UNIT)
    word = _LAST_WORD.search(near)
    if not word or (word[0].isalpha() and word[0] not in _MORE and number_word([word[0]]) is None and word[0] != "a"):
        return None
    unit = _LETTERS.match(lower, end)
    if unit and is_shared(word[0], unit[0]):
        return None
    tokens = _TOKEN.findall(lower, max(0, end - _REACH), end)
    bound: Bound | None = None
    at = len(tokens) - 1
    while at >= 0 and tokens[at] in _BETWEEN_UNIT:
        at -= 1
    if at >= 0 and tokens[at] == "+":
        bound, at = "min", at - 1
    last = _number(tokens, at)
    if last is None and at >= 1 and tokens[at] in _ARTICLES and tokens[at - 1] in HALVES:
        last = 0.5, at - 2  # "half a year"
    if last is None and at >= 2:
        # "5 or more", "drei oder mehr": the bound stands between figure and unit
        after, _ = bound_after(lower, _place(lower, end, tokens[at - 1 :]) - 1)
        if after:
            bound, last = after, _number(tokens, at - 2)
    if last is None:
        return None
    value, at = last
    if at >= 1 and tokens[at] == "(":
        # "five (5)": the same number twice
        twice = _number(tokens, at - 1)
        if twice and twice[0] == value:
            at = twice[1]
    low, high = value, None
    if at >= 2 and tokens[at] in _ARTICLES and tokens[at - 1] in _JOINS:
        at -= 1  # "tra i 3 e i 5"
    if at >= 1 and (tokens[at] in _SPANS or tokens[at] in _JOINS):
        joined = tokens[at] in _JOINS
        before = at - 1
        while before >= 0 and tokens[before] in ("-", "+", *_ARTICLES):
            before -= 1
        first = _number(tokens, before)
        if first and first[0] < value and (not joined or _opens_range(tokens, first[1])):
            low, high, at = first[0], value, first[1]
    start = _place(lower, end, tokens[at + 1 :])
    return Quantity(start, low, high, bound or bound_before(lower, start, opens_range=high is not None))


def _place(lower: str, end: int, tokens: list[str]) -> int:
    """Where the first of `tokens` begins, which are the last before `end`."""
    for token in reversed(tokens):
        end = lower.rfind(token, 0, end)
    return end


def _number(tokens: list[str], at: int) -> tuple[float, int] | None:
    """The number that ends with token `at`, and the place of the token before it."""
    if at < 0:
        return None
    word = tokens[at]
    if word[0].isdigit() or word == "½":
        fraction = 0.5 if word.endswith("½") else 0.0
        figure = word.removesuffix("½").rstrip()
        values = readings(figure) if figure else [0.0]
        return (values[-1] + fraction, at - 1) if values else None
    if not word.isalpha():
        return None
    if word in HALVES:
        return _and_a_half(tokens, at)
    for length in (4, 3, 2):
        begin = at - length + 1
        if begin >= 0:
            value = number_word([text for text in tokens[begin : at + 1] if text not in "-‑"])
            if value is not None and tokens[begin].isalpha():
                return value, begin - 1
    value = number_word([word])
    return None if value is None else (value, at - 1)


def _and_a_half(tokens: list[str], at: int) -> tuple[float, int]:
    """ "half", "ett halvt", "two and a half", "ett och ett halvt"."""
    before = at - 1
    if before >= 0 and tokens[before] in _ARTICLES:
        before -= 1
    if before >= 1 and tokens[before] in _JOINS:
        whole = _number(tokens, before - 1)
        if whole:
            return whole[0] + 0.5, whole[1]
    return 0.5, before


def _opens_range(tokens: list[str], at: int) -> bool:
    return not _BETWEEN.isdisjoint(tokens[max(0, at - 2) : at + 1])
