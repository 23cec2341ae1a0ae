"""Countries and postal codes in a text."""

from __future__ import annotations

import re
from functools import cache

from extractor.recognise import vocabulary
from extractor.recognise.found import Found
from extractor.recognise.patterns import pattern

# Codes that stand alone behind a place without being taken for something else: not IT, HR, QA, IN, CA, IL.
_CLEAR = "AT|AU|BE|BG|CH|CY|CZ|DE|DK|EE|ES|FI|FR|GB|GR|HU|IE|IS|JP|LT|LU|LV|NL|NO|NZ|PL|PT|RO|SE|SG|SI|SK|UK|US"
_ALONE = frozenset(_CLEAR.split("|"))
# The first character is consumed before it is judged: so the engine skips to it instead of testing every character.
# "Berlin, DE", "Göteborg (SE)", "Austin, TX, US"; "Wilmington, DE 19801" and "Dover, DE, USA" are in Delaware
_AFTER_PLACE = pattern(
    rf"(?:,(?<=[\w.].)[ ]?|[ ](?<=[\w.].)[(\[])({_CLEAR})"
    r"(?=[ ]?(?:$|[\n)\];|/]|,(?![ ]?U\.?S)|[ ][-\u2013\u2014|\u00b7]))"
)
# "Country: US", "Land | DE", `"addressCountry": "SE"`
_LABELLED = pattern(
    r"(?:[Cc]ountry(?:[ _-]?[Cc]ode)?|[Ll]and|[Pp]ays|[Pp]aís|[Pp]aese)[\"']?"
    r"[ \t]{0,3}[:=|][ \t]{0,3}[\"']?([A-Z]{2})(?![\w-])"
)
# as in "the US", "Remote (US)", "US-based"
_SAID = pattern(r"[Tt](?<!\w.)he (US|UK)\b|\((US|UK)\)|(U[SK])(?<!\w..)[- ](?:based|only|resident|citizen)")
_ALIASES = {"UK": "GB"}

# An English island, a Dutch "if": countries only behind the start, a comma or "in", and before an end or "und".
_OTHER_WORDS = ("Island", "Indien")
_LED = pattern(r"(?:^|[,(/|:]|\b(?:i|in|auf|på|nach|til|till|från|fra|frå|aus|und|och|og))[ \t]*\Z", re.IGNORECASE)
_LEAD = 8  # characters that `_LED` needs to see
_FOLLOWED = pattern(r"[ \t]*(?:\Z|[\n,.;:)/|]|(?:und|och|og|oder|eller)\b)")


def find_countries(text: str) -> list[Found[str]]:
    """Each country that is named, in any of the nine languages; `value` is its ISO 3166-1 alpha-2 code.

    A bare code counts only where nothing else is likely: after a place ("Berlin, DE") or a label ("Country: US").
    Names that are also a person's, a state's or an island's ("Jordan", "Georgia", "Jersey") are found all the same.
    """
    named = vocabulary.find(text, "country", vocabulary.COMMON)
    named.sort(key=lambda name: (name.start, -name.end))
    found: list[Found[str]] = []
    reached = 0  # the end of the longest name so far, which swallows the names inside it
    for name in named:
        if name.end <= reached or not text[name.start].isupper():
            continue
        reached = name.end
        if name.value != "none" and not _doubtful(text, name):
            found.append(name)
    known = {name.start for name in found}
    found.extend(code for code in _codes(text) if code.start not in known)
    return sorted(found, key=lambda name: name.start)


def _doubtful(text: str, name: Found[str]) -> bool:
    if text[name.start : name.end] not in _OTHER_WORDS:
        return False
    before = text[max(0, name.start - _LEAD) : name.start]
    return not (_LED.search(before) and _FOLLOWED.match(text, name.end))


def _codes(text: str) -> list[Found[str]]:
    bare = text.strip()
    if bare in _ALONE:
        start = text.find(bare)
        return [Found(start, start + 2, _ALIASES.get(bare, bare))]
    codes: dict[int, Found[str]] = {}
    for shape in (_AFTER_PLACE, _SAID, _LABELLED):
        for match in shape.finditer(text):
            group = match.lastindex or 0
            code = _ALIASES.get(match[group], match[group])
            if code in _known_codes():
                codes[match.start(group)] = Found(match.start(group), match.end(group), code)
    return list(codes.values())


@cache
def _known_codes() -> frozenset[str]:
    return frozenset(vocabulary.names("country", vocabulary.COMMON)) - {"none"}


# a word with a capital, "St." and "L'Aquila" among them, and "'s-Hertogenbosch"
_PREFIX = "(?:A|AT|B|BE|CH|CZ|D|DE|DK|E|ES|F|FI|FR|I|IT|L|LU|N|NL|NO|PL|S|SE)-"
_CITY = r"(?:['\u2019]s-)?[^\W\d_a-zß-öø-ÿ][^\W_][\w'\u2019.-]*|[^\W\d_a-zß-öø-ÿ]['\u2019.][\w'\u2019.-]+"
# nouns that German writes with a capital, and currencies: "10000 Mitarbeiter", "45000 Euro"
_COUNTED = (
    "Euro|EUR|USD|SEK|NOK|DKK|CHF|GBP|Kron|Franken|Mitarbeit|Beschäftigt|Kund|Mensch|Einwohner|Stud|Unternehm"
    "|Stunden|Koll|Patient|Nutzer|Medewerk|Firmen|Stellen|Standort|Filial|Zeichen|Jahr|Person|Teilnehm|Server|User"
)
_STATE = "A[KLRZ]|C[AOT]|D[CE]|FL|GA|IA|I[L]|K[SY]|LA|M[ADINOST]|N[CDEHJMVY]|OH|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]"
_POSTAL = (
    # Great Britain: EH6 6QQ; Canada: M5V 2T6; both stand alone
    pattern(r"\b(?P<code>[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}|[A-Z]\d[A-Z] \d[A-Z]\d)(?![\w-])"),
    # United States: Atlanta, GA 30333; without the comma some codes are words ("Job ID 10234")
    pattern(
        rf"\b(?:(?:{_STATE})(?<=[,a-z] [A-Z]{{2}})|(?:HI|I[DN]|ME|O[KR])(?<=, [A-Z]{{2}}))"
        r" (?P<code>\d{5}(?:-\d{4})?)(?![\w-])"
    ),
)
# after the place: Amsterdam, 1012 AB; Stockholm, 114 55
_AFTER = pattern(
    rf", (?:{_PREFIX})?(?P<code>\d{{4}} ?[A-Z]{{2}}|\d{{3}} \d{{2}}|\d{{5}})(?![\w-])(?=[ \t]{{0,3}}(?:\Z|[\n,.;)|/]))"
)
_PLACE = pattern(rf"(?<![\w'\u2019.-])(?:{_CITY})\Z")
# before the place: 1012 AB Amsterdam, 114 55 Stockholm, 30001 Murcia, 2100 København
_BEFORE_PLACE = pattern(
    rf"\d(?:\d{{3}} ?[A-Z]{{2}}|\d\d \d\d|\d{{4}}|\d{{3}})(?=,?[ \t]{{1,2}}(?!{_COUNTED})(?:{_CITY}))"
)
# What may stand before it there: a country's prefix, nothing, a sign, a house number, a short preposition. Behind
# anything else it counts something; a figure that may be a year needs more.
_PREFIXED = pattern(rf"(?<![\w-])(?:{_PREFIX})\Z")
_LEADS = pattern(r"(?:\A|[\n,;:(|/\u00b7\u2022]|[\u2013-][ \t]|\d[a-zA-Z]?|\b(?:in|i|à|a|en|te|bei|at))[ \t]*\Z")
_STREET = pattern(r"\d[ \t]?[a-zA-Z]?(?:,[ \t]*|[ \t]*\n[ \t]*)\Z")
_YEAR = pattern(r"(?:19|20)\d\d\Z")
_WINDOW = 40  # characters before a code that these look at


def find_postal_codes(text: str) -> list[Found[str]]:
    """Numbers in the shape of a postal code beside a place; `value` as written, without a country's prefix.

    Shapes of the countries of the nine languages, of Great Britain, the United States and Canada.
    """
    if not any(map(str.isdigit, text)):
        return []
    spans = {match.span("code") for shape in _POSTAL for match in shape.finditer(text)}
    spans.update(match.span("code") for match in _AFTER.finditer(text) if _PLACE.search(_before(text, match)))
    spans.update(match.span() for match in _BEFORE_PLACE.finditer(text) if _in_address(text, match))
    longest = dict(sorted(spans))  # of "1012 AB" and "1012" before "AB" the longer
    return [Found(start, end, text[start:end]) for start, end in longest.items()]


def _in_address(text: str, code: re.Match[str]) -> bool:
    before = _before(text, code)
    if before[-1:].isalnum():
        return False
    leads = _STREET if _YEAR.match(code.group()) else _LEADS
    return bool(_PREFIXED.search(before) or leads.search(before))


def _before(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - _WINDOW) : match.start()]
