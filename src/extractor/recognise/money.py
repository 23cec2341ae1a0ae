"""Pay: amounts and ranges of money that somebody is paid for work."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from extractor.recognise.currencies import currency_after, currency_before, find_currencies, the_currency
from extractor.recognise.found import Found
from extractor.recognise.numbers import FIGURE, in_thousands, lowered, readings
from extractor.recognise.patterns import pattern
from extractor.recognise.pay_words import (
    ANNUAL,
    ASIDE,
    BY_MERIT,
    CIRCA,
    CIRCA_ENDS,
    EXTRAS_BEHIND,
    FOLLOWS_BARE,
    GIVEN,
    GROSS,
    GROSS_BEHIND,
    KEYED_CURRENCY,
    KEYED_PERIOD,
    LEADS,
    LEAST_CIRCA,
    LIMIT,
    MANAGED,
    NEXT_WORDS,
    OFFERED,
    ON_TARGET,
    OTHER_MONEY,
    PAY_WORD,
    ROLE,
    STOPS,
)
from extractor.recognise.periods import find_periods, period_behind
from extractor.recognise.quantities import bound_after, bound_before

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from extractor.recognise.quantities import Bound

__all__ = ["Pay", "find_currencies", "find_pay", "find_periods"]

_FIGURE = pattern(FIGURE)
# "2.500,-" and "85'000.–" have no cents; "k", "T" and "tkr" count thousands.
_BEHIND_FIGURE = pattern(
    r"(?:[.,][-–—]{1,2})?(?:[\s\u00a0\u202f]?(k(?![^\W_])|[kt](?=€|£|\$|eur|chf|gbp|usd|sek|nok|dkk)|t(?=kr)"
    r"|(?:tsd|thousand|tausend|tusen|tusind|duizend|mille|mila|mil)(?![^\W_])\.?))?"
)
# Shares, millions, times of day, and figures that go on: no pay.
_NOT_PAY_BEHIND = pattern(
    r"[\s\u00a0]?(?:%|percent|prozent|procent|prosent|(?:mn?|mio|mln|bn|mrd|milj)(?![^\W_])|millio|miljo|milliard|miljard|billion"
    r"|miljon|millon|milion|milliarden|lakh|crore)|[:][0-9]"
)
_TO = pattern(
    r"[\s\u00a0]*(?:(?:-|–|—|−|~|/|to|through|bis|bis zu|bis max\.?|till|til|tot|à|a|ad|al|up to|upp till|op til"
    r"|opp til|fino a|hasta|jusqu['’]à|rising to|y hasta)|(and|und|och|og|en|et|y|e))[\s\u00a0]*"
)
_BETWEEN = pattern(
    r"(?:between|zwischen|mellan|mellem|mellom|tussen|entre|tra|fra)\W+(?:(?:the|de|den|les|los|i|gli)\s)?\Z"
)

# A point behind an abbreviation ends no clause: "ca. 55k". Each break is one character of a class and then judged, so
# that the engine skips to it.
_POINT = r"\s(?<!\bc\.\s)(?<!\bca\.\s)(?<!\bkr\.\s)(?<!\bmin\.\s)(?<!\bmax\.\s)(?<!\bmind\.\s)(?<!\bapprox\.\s)"
_CLAUSE_BREAK = pattern(rf"[.;|•,(](?:(?<=[;|•])\s|(?<=[;,|•])|(?<=\.){_POINT}|(?<=\()(?![^()]*\)))")
_LONGEST_GAP = 24  # characters between the ends of a range
_LEAST_BARE = 1000  # a figure without currency or period is pay from here on
_LEAST_RATE = 5  # an hourly or daily figure without currency
# The most that anybody is paid; currencies of small units have a hundred times as much.
_MOST = {"hour": 5_000, "day": 25_000, "week": 100_000, "month": 500_000, "year": 5_000_000, None: 5_000_000}
_SMALL_UNITS = frozenset(("INR", "JPY", "KRW", "HUF", "IDR", "VND", "COP", "CLP", "ISK", "ARS", "NGN", "PKR"))
_YEARS = range(1900, 2101)
# "£50,000 + bonus" is no "£50,000+".
_PLUS_MORE = pattern(r"\s+\+|\+\s?[^\W_]")
_JOINED = pattern(
    r"[+&]|(?<![^\W\d_])(?:plus|and|und|sowie|och|samt|og|en|et|y|más|e|più|oltre"
    r"|with|mit|med|met|avec|con|dazu)(?![^\W\d_])"
)
_COUPLED = pattern(r"[^\W\d_]*[\s/]*(?:&|\+|and|und|och|og|en|et|y|e|/)[\s]*")
_BROKEN = pattern(rf"[0-9;|•,.?!](?:(?<=[0-9;|•,])|{_POINT})")
_SENTENCE_BREAK = pattern(r"[\n•]|[?!]\s|(?<!kr)\.\s+(?=[^\W\d_]{2})")
_REACH = 96  # characters before an amount that may say what it is, and twice those behind
_LINK = 40  # characters between a word for pay and a bare figure
_LISTED = 60  # characters between two ranges of one list
_ALIKE = 4  # how much larger or smaller the second may be, to be for the same period


class Pay(NamedTuple):
    """`min` to `max` in full units of `currency` (ISO 4217) for each `period` (hour, day, week, month or year)."""

    min: float | None
    max: float | None
    currency: str | None
    period: str | None


class _Amount(NamedTuple):
    """A figure with its currency at `[start, end)`, `value` in full; to `high` where it is a range."""

    start: int
    end: int
    value: float
    codes: tuple[str, ...] = ()
    prefixed: bool = False  # the currency stands before the figure
    thousands: bool = False  # "50k"
    year: bool = False  # written as a year is
    high: float | None = None


def find_pay(text: str, *, country: str | None = None) -> list[Found[Pay]]:
    """Every statement of pay, by place: "from" fills `min`, "up to" fills `max`, a plain figure both.

    A sign of several currencies ("$", "kr") gives one only where `country` (ISO 3166-1) settles it. Bonuses, pensions,
    budgets and revenues are no pay, and a figure without currency is only right behind a word for pay.
    """
    lower = lowered(text)
    amounts = list(_amounts(text, lower))
    found: list[Found[Pay]] = []
    spent = 0  # the end of the last amount of money, where the clause of the next one may begin
    index = 0
    while index < len(amounts):
        amount = amounts[index]
        if index + 1 < len(amounts):
            whole = _range(lower, amount, amounts[index + 1])
            index += 1 if whole else 0
            amount = whole or amount
        index += 1
        pay = _pay(text, lower, amount, spent, found, country)
        if pay:
            found.append(Found(amount.start, amount.end, pay))
        if pay or amount.codes:
            spent = amount.end
    return _joined(found)


def _amounts(text: str, lower: str) -> Iterator[_Amount]:
    for match in _FIGURE.finditer(text):
        start, end = match.span()
        figure = match[0]
        values = readings(figure)
        if not values or (figure[0] == "0" and figure[1:2].isdecimal()):
            continue
        behind = _BEHIND_FIGURE.match(lower, end)
        assert behind is not None  # every part of it is optional
        end = behind.end()
        if _NOT_PAY_BEHIND.match(lower, end):
            continue
        thousands = behind[1] is not None
        value = values[-1] * 1000 if thousands else values[0]
        codes: tuple[str, ...] = ()
        before, after = currency_before(text, start), currency_after(text, end)
        # a currency between two figures belongs to one of them
        if before and not text[max(0, before[1] - 2) : before[1]].rstrip()[-1:].isdecimal():
            codes, start = before
        if after and not text[after[1] : after[1] + 2].lstrip()[:1].isdecimal():
            codes = after[0] if not codes or len(after[0]) < len(codes) else codes
            end = after[1]
        if codes and in_thousands(text, match.start()):
            thousands, value = True, values[-1] * 1000
            start -= text[start - 1 : start] in tuple("kKtT")
        prefixed = start < match.start()
        year = not thousands and figure.isdecimal() and int(figure) in _YEARS
        yield _Amount(start, end, value, codes, prefixed, thousands, year)


def _range(lower: str, first: _Amount, last: _Amount) -> _Amount | None:
    """The two amounts as one range, if what stands between them says so."""
    gap = lower[first.end : last.start]
    if len(gap) > _LONGEST_GAP:
        return None
    between = _TO.fullmatch(gap)
    if not between and first.codes and last.codes:
        # "$20/hour - $25/hour"
        periods = find_periods(gap)
        between = _TO.fullmatch(gap, periods[0].end) if periods else None
    if not between or (between[1] and not _BETWEEN.search(lower, max(0, first.start - 16), first.start)):
        return None
    low, high = first.value, last.value
    if first.thousands and lower[first.end - 1].isdecimal() and high < 1000:
        high *= 1000  # "K€ 45-50", "TEUR 60 bis 70"
    if low < 1000 <= high and not first.thousands and low * 1000 <= high:
        low *= 1000  # "35-45 000", "50-60k"
    apart = bool(first.codes and last.codes) and not set(first.codes) & set(last.codes)
    # "1/2" and "grade 7 - £50,000"
    slash = gap.strip() == "/" and not last.thousands and not (last.codes and high <= 2 * low)
    unlike = slash or (last.prefixed and not first.codes)
    if apart or unlike or not low <= high <= 20 * low or (first.year and last.year and not last.codes):
        return None
    codes = min((codes for codes in (first.codes, last.codes) if codes), key=len, default=())
    return last._replace(start=first.start, value=low, high=high, codes=codes, year=False)


def _pay(
    text: str, lower: str, amount: _Amount, spent: int, found: list[Found[Pay]], country: str | None
) -> Pay | None:
    """What `amount` pays, or None if it is other money or no money."""
    start, end = amount.start, amount.end
    recent = found[-1].end if found and start - found[-1].end <= _REACH else None
    listed = found[-1].value if found and _lists(lower, found[-1], amount) else None
    if not amount.codes and not (
        _may_be_pay(lower, amount, recent) or (listed and amount.thousands and FOLLOWS_BARE.match(lower, end))
    ):
        return None
    begin = _line_start(text, max(0, spent, start - _REACH), start)
    line = lower[begin:start]
    clause = _CLAUSE_BREAK.split(line)[-1]
    if begin == spent > 0:
        clause = _JOINED.split(clause)[-1]  # "26.000 € brutos más 2.000 € de bonus"
    behind = lower[end : _line_end(text, end, end + _REACH // 2)]
    named = _last(PAY_WORD, clause)
    if _is_other_money(clause, named, behind) or (recent is not None and ON_TARGET.match(behind)):
        return None
    if (recent is not None or GIVEN.search(clause)) and _is_other_money("", None, _next_words(behind)):
        return None
    period = period_behind(lower[start:end], behind) or _period_before(clause) or (listed.period if listed else None)
    codes = amount.codes
    if (amount.high or amount.value) > _MOST[period] * (1 if _SMALL_UNITS.isdisjoint(codes) else 100):
        return None
    if codes:
        said = named or period or PAY_WORD.search(line) or PAY_WORD.search(STOPS.split(behind, maxsplit=1)[0])
        said = said or BY_MERIT.match(behind) or EXTRAS_BEHIND.match(behind)
        if not said and (amount.value < _LEAST_BARE or not (amount.high or _stands_alone(clause, behind))):
            return None
    elif amount.value < _LEAST_BARE and period not in ("hour", "day", "week"):
        return None
    else:
        # the currency may stand beside the word for pay: "Salary (EUR): 72,000"
        codes = tuple(one.value for one in find_currencies(text[start - len(clause) : start]))[-1:]
    if '"' in line or "_" in line:
        # JSON and YAML keep currency and period under keys of their own
        around = lower[max(0, start - 2 * _REACH) : end + 2 * _REACH]
        codes = codes or tuple(code.upper() for code in KEYED_CURRENCY.findall(around))[:1]
        period = period or next(iter(KEYED_PERIOD.findall(around)), None)
    bound = None if amount.high else _bound(lower, amount, clause if named or not amount.codes else "")
    low = None if bound == "max" else amount.value
    high = None if bound == "min" else amount.high or amount.value
    return Pay(low, high, the_currency(codes, country) if codes else None, period)


def _line_start(text: str, start: int, end: int) -> int:
    """Where the line of `end` begins, or the wrapped line before it: a small letter goes on with a sentence."""
    at = text.rfind("\n", start, end)
    while at >= 0 and text[at + 1 : at + 2].islower():
        at = text.rfind("\n", start, at)
    return max(at + 1, start)


def _line_end(text: str, start: int, end: int) -> int:
    at = text.find("\n", start, end)
    while at >= 0 and text[at + 1 : at + 2].islower():
        at = text.find("\n", at + 1, end)
    return min(end, len(text)) if at < 0 else at


def _may_be_pay(lower: str, amount: _Amount, recent: int | None) -> bool:
    """Whether a word for pay leads straight to a figure without currency, or the least of a range does."""
    if amount.year and not GROSS.match(lower, amount.end):
        return False
    if amount.value < _LEAST_RATE or not FOLLOWS_BARE.match(lower, amount.end):
        return False
    near = lower[recent : amount.start] if recent is not None else ""
    if "max" in near and len(near) <= _LINK and amount.value >= _LEAST_BARE:
        return True  # "min_salary: 50000", and the most on the next line
    around = lower[max(0, amount.start - _REACH) : amount.start]
    before = _BROKEN.split(around)[-1]
    named = _last(PAY_WORD, before)
    if named is not None and len(" ".join(before[named.end() :].split())) <= _LINK:
        return True
    return amount.thousands and _speaks_for_itself(lower, amount, around)


def _speaks_for_itself(lower: str, amount: _Amount, before: str) -> bool:
    """Whether thousands without currency are pay by what stands right around them."""
    behind = lower[amount.end : amount.end + _LINK].partition("\n")[0]
    gross = GROSS_BEHIND.match(behind)
    if (gross and FOLLOWS_BARE.match(behind, gross.end())) or BY_MERIT.match(behind):
        return True
    if CIRCA.search(before) and CIRCA_ENDS.match(lower, amount.end) and amount.value >= LEAST_CIRCA:
        return True
    # "pa" needs the figure before it
    period = next(iter(find_periods(lower[amount.end - 1 : amount.end] + behind)), None)
    if not period or period.value not in ("month", "year") or behind[: max(0, period.start - 1)].strip(" \u00a0,("):
        return False
    # "Views: 40k per month" is none, "Junior: 40k p.a." is
    return bool(OFFERED.search(before) or LEADS.search(before) or (before[-2:] == ": " and ANNUAL.match(behind)))


def _lists(lower: str, last: Found[Pay], amount: _Amount) -> bool:
    """Whether `amount` is the next range of a list whose period stands before its first one.

    "Hourly pay: days £13-£14, nights £15-£17".
    """
    low, high = last.value.min, last.value.max
    if amount.start - last.end > _LISTED or low is None or high is None or amount.high is None or low == high:
        return False
    gap = lower[last.end : amount.start]
    alike = low / _ALIKE <= amount.value <= low * _ALIKE
    return alike and not _SENTENCE_BREAK.search(gap) and not find_periods(gap)


def _last(sought: re.Pattern[str], passage: str) -> re.Match[str] | None:
    return next(iter(deque(sought.finditer(passage), maxlen=1)), None)


def _is_other_money(clause: str, named: re.Match[str] | None, behind: str) -> bool:
    """Whether the words nearest to an amount name a bonus, a budget or the like, and not pay."""
    other = next(iter(deque(_other_money(clause), maxlen=1)), None)
    if named:
        # "salary and benefits" are one package
        coupled = other and _COUPLED.fullmatch(clause, named.end(), other.start())
        return bool(other and other.end() >= named.end() and not coupled)
    if other:
        return True
    behind = ASIDE.split(STOPS.split(behind, maxsplit=1)[0], maxsplit=1)[0]
    other, named = next(_other_money(behind), None), PAY_WORD.search(behind)
    if other:
        return not (named and named.start() < other.start())
    return not named and MANAGED.search(clause) is not None


def _other_money(passage: str) -> Iterator[re.Match[str]]:
    """The words for other money in a passage that are no part of a title."""
    return (found for found in OTHER_MONEY.finditer(passage) if not ROLE.match(passage, found.end()))


def _next_words(behind: str) -> str:
    words = NEXT_WORDS.match(behind)
    return words[0] if words else ""


def _stands_alone(clause: str, behind: str) -> bool:
    """Whether little is said around an amount: "circa £52,000" needs no word for pay on a line of its own."""
    return len(clause.split()) <= 3 and len(_CLAUSE_BREAK.split(behind)[0].split()) <= 5


def _period_before(clause: str) -> str | None:
    periods = find_periods(clause)
    return periods[-1].value if periods else None


def _bound(lower: str, amount: _Amount, clause: str) -> Bound | None:
    """Whether the amount is a least or a most, by the words before it, in `clause`, or right behind it."""
    bound = bound_before(lower, amount.start)
    if bound:
        return bound
    limit = _last(LIMIT, clause)
    if limit:
        return "min" if limit[1] or limit[2] else "max"
    if lower[amount.end : amount.end + 1] == "," or _PLUS_MORE.match(lower, amount.end):
        return None
    return bound_after(lower, amount.end)[0]


def _joined(found: list[Found[Pay]]) -> list[Found[Pay]]:
    """With "from 30k … up to 60k" as one statement."""
    joined: list[Found[Pay]] = []
    for one in found:
        last = joined[-1] if joined else None
        if last and _complete(last.value, one.value) and one.start - last.end <= _LINK:
            both = Pay(
                last.value.min,
                one.value.max,
                last.value.currency or one.value.currency,
                last.value.period or one.value.period,
            )
            joined[-1] = Found(last.start, one.end, both)
        else:
            joined.append(one)
    return joined


def _complete(first: Pay, second: Pay) -> bool:
    if first.max is not None or second.min is not None or first.min is None or second.max is None:
        return False
    same_currency = first.currency is None or second.currency in (None, first.currency)
    same_period = first.period is None or second.period in (None, first.period)
    return same_currency and same_period and first.min <= second.max
