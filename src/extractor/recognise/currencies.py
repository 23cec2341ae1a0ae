"""Currencies: ISO 4217 codes, signs and words."""

from __future__ import annotations

from extractor.recognise.found import Found
from extractor.recognise.numbers import distinct_words, occurrences, words
from extractor.recognise.patterns import pattern

# ISO 4217: what postings of Europe, the Americas, Asia and Africa are paid in. The first row also counts in lower case
# beside a figure; the others are words of some language ("try", "pen").
_COMMON = words("EUR GBP USD CHF SEK NOK DKK CAD AUD NZD PLN CZK INR")
_CODES = _COMMON | words(
    """ISK HUF RON BGN UAH RUB TRY ILS JPY CNY KRW SGD HKD TWD THB MYR PHP IDR VND PKR BDT LKR AED SAR QAR KWD BHD OMR
    JOD EGP MAD TND ZAR KES NGN GHS UGX TZS BRL MXN ARS CLP COP PEN UYU"""
)
_DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN")
# What a sign or a word may stand for, the likeliest first. "kronor" is Swedish, "kroner" is not.
_SIGNS: dict[str, tuple[str, ...]] = {
    "€": ("EUR",), "&euro;": ("EUR",), "£": ("GBP",), "&pound;": ("GBP",), "$": _DOLLARS, "¥": ("JPY", "CNY"),
    "₹": ("INR",), "₩": ("KRW",), "₪": ("ILS",), "₺": ("TRY",), "₽": ("RUB",), "₱": ("PHP",),
}  # fmt: skip
_DOLLAR_OF = {
    "US": "USD", "USD": "USD", "A": "AUD", "AU": "AUD", "AUD": "AUD", "C": "CAD", "CA": "CAD", "CAD": "CAD",
    "NZ": "NZD", "NZD": "NZD", "S": "SGD", "HK": "HKD", "R": "BRL", "MX": "MXN",
}  # fmt: skip
_WORDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(words("euro euros"), ("EUR",)),
    **dict.fromkeys(words("pound pounds sterling sterline libras"), ("GBP",)),
    **dict.fromkeys(words("dollar dollars dólares dollari"), _DOLLARS),
    **dict.fromkeys(words("franken francs franchi francos sfr"), ("CHF",)),
    **dict.fromkeys(words("kr tkr"), ("SEK", "NOK", "DKK", "ISK")),
    **{f"{k}{code.lower()}": (code,) for code in words("EUR CHF GBP USD SEK NOK DKK") for k in "kt"},
    **dict.fromkeys(words("kroner krone"), ("NOK", "DKK")),
    **dict.fromkeys(words("kronor krona"), ("SEK",)),
    "zł": ("PLN",), "zloty": ("PLN",), "kč": ("CZK",), "rupees": ("INR",), "yen": ("JPY",),
}  # fmt: skip
# a code in capitals alone, for some are words ("try", "all")
_SPELLINGS = _CODES.union(*({word, word.capitalize(), word.upper()} for word in _WORDS))
_NATIONS = {
    "us": "USD", "american": "USD", "australian": "AUD", "canadian": "CAD", "svenska": "SEK", "svenske": "SEK",
    "swedish": "SEK", "norska": "NOK", "norske": "NOK", "norwegian": "NOK", "danska": "DKK", "danske": "DKK",
    "danish": "DKK",
}  # fmt: skip
# The currency that a sign of several means in a country (ISO 3166-1 alpha-2).
_OF_COUNTRY = {
    "US": "USD", "CA": "CAD", "AU": "AUD", "NZ": "NZD", "SG": "SGD", "HK": "HKD", "MX": "MXN", "SE": "SEK", "NO": "NOK",
    "DK": "DKK", "IS": "ISK", "JP": "JPY", "CN": "CNY",
}  # fmt: skip

_SIGN = r"[€$£¥₹₩₪₺₽₱]|&(?:pound|euro);"
_MAY_END = frozenset("€$£¥₹₩₪₺₽₱;.")
_LAST_LETTERS = frozenset(word[-2:].casefold() for word in (*_SPELLINGS, "Fr"))
_RUN_OF_SIGNS = pattern(r"[€$£¥₹₩₪₺₽₱]+|&(?:pound|euro);")
_BEFORE = pattern(rf"(?:(?<![^\W\d_])([^\W\d_]{{1,8}})(\.?\s?))?({_SIGN})?\s?\Z")
_AFTER = pattern(
    rf"[\s\u00a0\u202f-]{{0,2}}(?:(?P<sign>{_SIGN})(?P<nation>(?:US|CA)(?![^\W_]))?"
    r"|(?:(?P<adjective>[^\W\d_]{2,10})\s)?(?P<word>[^\W\d_]{2,8})(?P<dollar>\$)?(?![^\W\d_]))"
)
_FRANCS = pattern(r"(?<![^\W\d_])Fr\.(?=\s?[0-9]{1,3}['’ \u00a0]?[0-9]{2})")  # no Friday
_LAST_WORD = pattern(r"([^\W\d_]+)\s\Z")


def find_currencies(text: str) -> list[Found[str]]:
    """Every currency as ISO 4217 code; a sign of several gives each, the likeliest first ("$": USD, CAD, …)."""
    found: list[Found[str]] = []
    taken = set()  # where a sign's own letters begin: "AUD $"
    for match in _RUN_OF_SIGNS.finditer(text) if any(sign in text for sign in _SIGNS) else ():
        start, end = match.span()
        codes = _SIGNS.get(match[0]) or _SIGNS[match[0][0]]
        if match[0] == "$":
            codes, begin = currency_before(text, end) or (codes, start)
            codes, end = (currency_after(text, start) if begin == start else None) or (codes, end)
            start = begin
            taken.add(start)
        found.extend([Found(start, end, code) for code in codes])
    for word in distinct_words(text) & _SPELLINGS:
        codes = (word,) if word in _CODES else _WORDS[word.lower()]
        for start, end in occurrences(word, text):
            if start not in taken and text[start - 1 : start] != "&":
                nation = _LAST_WORD.search(text, max(0, start - 12), start)
                own = _NATIONS.get(nation[1].lower(), "") if nation else ""
                begin = nation.start() if nation and own in codes else start
                found.extend([Found(begin, end, code) for code in ((own,) if own in codes else codes)])
    if "Fr." in text:
        found.extend(Found(match.start(), match.end(), "CHF") for match in _FRANCS.finditer(text))
    found.sort(key=lambda one: one.start)
    return found


def currency_before(text: str, end: int) -> tuple[tuple[str, ...], int] | None:
    """The codes that a sign, code or word right before `end` may stand for, and where it begins."""
    near = text[max(0, end - 12) : end].rstrip()
    if near[-1:] not in _MAY_END and near[-2:].casefold() not in _LAST_LETTERS:
        return None
    match = _BEFORE.search(text, max(0, end - 12), end)
    if not match:
        return None
    word, sign = match[1], match[3]
    if word and sign == "$" and word.upper() in _DOLLAR_OF and (not match[2] or word in _CODES):
        return (_DOLLAR_OF[word.upper()],), match.start(1)
    if sign:
        return _SIGNS[sign], match.start(3)
    codes = _named(word) if word else ()
    if not codes and word in ("Fr", "fr", "FR"):
        codes = ("CHF",)
    return (codes, match.start(1)) if codes else None


def currency_after(text: str, start: int) -> tuple[tuple[str, ...], int] | None:
    """The codes that a sign, code or word right behind `start` may stand for, and where it ends."""
    match = _AFTER.match(text, start)
    if not match:
        return None
    if match["sign"]:
        codes = (_DOLLAR_OF[match["nation"]],) if match["nation"] else _SIGNS[match["sign"]]
        return codes, match.end()
    word, adjective = match["word"], match["adjective"]
    if match["dollar"] and word.upper() in _DOLLAR_OF:
        return (_DOLLAR_OF[word.upper()],), match.end()
    if adjective:
        first = _named(adjective)
        if first:
            return first, match.end("adjective")
        own = _NATIONS.get(adjective.lower())
        return ((own,), match.end("word")) if own and own in _named(word) else None
    codes = _named(word) or (("CHF",) if word == "Fr" else ())
    end = match.end("word")
    # "35.000 kr. om måneden"
    return (codes, end + text.startswith(".", end) if len(word) == 2 else end) if codes else None


def the_currency(codes: tuple[str, ...], country: str | None) -> str | None:
    """The one currency that is meant: of several, that of `country`; None where that doesn't settle it."""
    if len(codes) == 1:
        return codes[0]
    own = _OF_COUNTRY.get(country or "")
    return own if own in codes else None


def _named(word: str) -> tuple[str, ...]:
    if word in _CODES or word.upper() in _COMMON:
        return (word.upper(),)
    return _WORDS.get(word.lower(), ())
