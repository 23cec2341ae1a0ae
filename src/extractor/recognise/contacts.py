"""E-mail addresses, links, phone numbers, and the slots that a template leaves unfilled; each as written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from extractor.recognise.found import Found
from extractor.recognise.numbers import words
from extractor.recognise.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

_LETTERS = pattern(r"[^\W\d_]+")

# RFC 5321 allows 64 characters before the at sign; RFC 1035 63 in a label and 253 in a domain.
_LOCAL_LONGEST, _DOMAIN_LONGEST = 64, 253
_LOCAL_REVERSED = pattern(r"[\w%+-](?:[\w.%+'’-]*\w)?")
_NO_LOCAL_END = ("", "@", " ", "\n")
_DOMAIN = pattern(r"[^\W_][\w-]{0,62}(?:\.[^\W_][\w-]{0,62}){0,8}")
_HOST_REVERSED = pattern(r"[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")

_URL_LONGEST = 2000
_IN_URL = r"[^\s<>\"“”„«»{}|\\^`\[\]]"
_WITH_SCHEME = pattern(rf"[Hh][Tt][Tt][Pp][Ss]?://{_IN_URL}{{1,{_URL_LONGEST}}}")
_WITH_WWW = pattern(
    rf"[Ww][Ww][Ww]\.(?:[\w-]{{1,63}}\.){{1,5}}[^\W\d_]{{2,24}}(?:[:/?#]{_IN_URL}{{0,{_URL_LONGEST}}})?"
)
# What a bare "name.tld" is believed to end with: the nine languages' countries, and common others.
_WITH_DOMAIN = pattern(
    r"\.(?:com|org|net|info|biz|edu|gov|io|ai|dev|co|eu|uk|ie|ca|au|nz|de|at|ch|li|lu|se|no|dk|fi|nl|be|fr|es|it|pt|pl|cz"
    rf"|nu|jobs|careers|berlin|swiss|scot|wales)(?![\w@-])(?!\.\w)(?:[/?#]{_IN_URL}{{0,{_URL_LONGEST}}})?"
)
_NO_HOSTS = words("asp vb ado")  # ".net" behind these is Microsoft's
_ESCAPED = pattern(r"&(?:quot|[lg]t|#39);")
_PUNCTUATION = ".,;:!?'’*_…"

# 7 to 16 digits with single separators or ") " and " - " between them
_PHONE = pattern(r"[+(0-9](?<![\w./=@#&+-].)[+]?(?:[ \u00a0().\u2010-\u2013/-]{0,3}[0-9]){6,15}(?![\w/=@])")
# ITU-T E.164: the country codes in use
_COUNTRY_CODE = pattern(
    r"(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]"
    r"|(?:2[1-689]|3[578]|42|5[09]|6[7-9]|8[0578]|9[67])[0-9]|99[2-8])"
)
_AMERICAN = pattern(r"(?:1[ .-])?(?:\([0-9]{3}\) ?|[0-9]{3}[ .-])[0-9]{3}[ .-][0-9]{4}")
_DATE_OR_TIME = pattern(
    r"[0-9]{1,2}[./-] ?[0-9]{1,2}[./-] ?(?:19|20)[0-9]{2}|(?:19|20)[0-9]{2}[./-][0-9]{2}[./-][0-9]{2}"
    r"|[0-9]{1,2}\.[0-9]{2} ?[-–] ?[0-9]{1,2}\.[0-9]{2}(?![0-9])"
)
_CALL = words(
    """tel telefon telephone telefono teléfono téléphone tél telefoon phone tlf tfn mobil mobile móvil mob cell
    cellulare gsm handy portable rufnummer telefonnummer telefonnr mobilnummer ring call bel appeler llamar llame
    chiamare whatsapp durchwahl hotline växel"""
)
_INITIAL = pattern(r"(?<!\w)[tmp][:.]\s?\Z")
_FAX = words("fax telefax faks")

_SLOT = pattern(r"[\[<{(]([^\[\]<>{}()\n]{2,60})[\]>})]")
_CLOSING = {"[": "]", "<": ">", "{": "}", "(": ")"}
_CURLY = pattern(r"[^\W\d_][\w .-]*")
# Words that name what a slot is for, in nine languages.
_SLOT_WORDS = words(
    """insert specify enter your company employer organisation organization name location city date deadline email mail
    phone link url website number amount salary address title department manager einfügen einsetzen eintragen
    angeben firma firmenname unternehmen unternehmensname ort standort datum adresse ansprechpartner ange infoga
    företag företagsnamn namn plats angiv indsæt oppgi virksomhed virksomhedsnavn firmanavn bedrift navn sted dato
    invullen bedrijf bedrijfsnaam naam plaats insérer préciser compléter entreprise nom lieu ville insertar
    especificar empresa nombre lugar ciudad fecha inserire specificare azienda nome luogo città"""
)
_TO_FILL_IN = words(
    """insert specify enter einfügen einsetzen eintragen ange infoga indsæt oppgi invullen insérer compléter insertar
    inserire"""
)
# What stands in brackets without being a slot: gender marks and remarks.
_REMARKS = words(
    """gender genders geschlecht sic remote hybrid optional note edit update updated image photo logo hidden redacted
    external extern intern deutsch english"""
)
_HTML = words(
    """a abbr address article aside audio b body br button canvas caption center cite code col data dd del details dfn
    dialog div dl dt em embed fieldset figure font footer form frame h head header hr html i iframe img input ins
    kbd label legend li link main map mark menu meta nav noscript object ol optgroup option output p param picture
    pre q s samp script section select small source span strike strong style sub summary sup svg table tbody td
    template text textarea tfoot th thead time title tr track tt u ul var video wbr"""
)
_UNKNOWN = pattern(
    r"[Xx](?<!\w.)(?:[Xx]+(?:[.,/: -]{1,2}[Xx]{2,})*|(?=\+?[ -]))(?!\w)(\+?[ -](?:years?|months?|hours?|jahre?n?"
    r"|monate?n?|stunden|år|års|månader|måneder|timmar|timer|jaar|maanden|uur|ans|mois|heures|años|meses|horas|anni|mesi"
    r"|ore)(?!\w))?"
)
_CENTURY = ("siglo ", "secolo ", "siècle ", "século ")
_BLANK = pattern(r"_(?<!\w.)_{2,}(?![^\W_])")
_DUMMY = pattern(
    r"https?://[^\s/]*(?:example\.(?:com|org|net|edu)|your-?(?:company|domain|website|site)|company-?name|firmenname|xxx)"
    r"|https?://.*(?:\.\.\.|…)",
    re.IGNORECASE,
)


def find_emails(text: str) -> list[Found[str]]:
    """Every e-mail address."""
    found: list[Found[str]] = []
    at = text.find("@")
    while at >= 0:
        local = None
        if text[at - 1 : at] not in _NO_LOCAL_END:
            local = _LOCAL_REVERSED.match(text[max(0, at - _LOCAL_LONGEST) : at][::-1])
        domain = _DOMAIN.match(text, at + 1) if local else None
        if local and domain and _is_domain(domain[0]):
            found.append(_as_written(text, at - local.end(), domain.end()))
        at = text.find("@", at + 1)
    return found


def find_urls(text: str) -> list[Found[str]]:
    """Every link: with http(s), with "www.", or a bare "name.com/jobs"; without the punctuation behind it."""
    spans = [match.span() for match in _with_scheme(text)]
    spans.extend(match.span() for match in _WITH_WWW.finditer(text))
    reached = 0
    for match in _WITH_DOMAIN.finditer(text):
        before = text[max(reached, match.start() - _DOMAIN_LONGEST) : match.start()]
        host = _HOST_REVERSED.match(before[::-1])
        if not host:
            continue
        start = match.start() - host.end()
        name = text[start : match.start()]
        reached = match.end()
        if text[start - 1 : start] not in tuple("@./-'%+") and _is_name(name):
            spans.append((start, match.end()))
    found: list[Found[str]] = []
    reached = 0
    for start, end in sorted(spans):
        if start >= reached:
            reached = end
            found.append(_as_written(text, start, _trimmed(text, start, end)))
    return found


def _with_scheme(text: str) -> Iterator[re.Match[str]]:
    """The links with http(s)."""
    return _WITH_SCHEME.finditer(text) if "://" in text else iter(())


def find_phones(text: str) -> list[Found[str]]:
    """Phone numbers: with a country code, as America groups them, with a leading zero, or behind "Tel."."""
    found: list[Found[str]] = []
    for match in _PHONE.finditer(text):
        start, end = match.span()
        written = match[0]
        if written[0] == "(" and ")" not in written:
            start, written = start + 1, written[1:]
        if _is_phone(text, start, written):
            found.append(_as_written(text, start, end))
    return found


def find_placeholders(text: str) -> list[Found[str]]:
    """Slots left unfilled: "[Company name]", "<your city>", "{company}", "XX years", "____", "https://example.com/apply".

    Template directives, HTML tags, Markdown links and footnotes are none.
    """
    found = [_as_written(text, *match.span()) for match in _SLOT.finditer(text) if _is_slot(text, match)]
    if "X" in text or "xx" in text:
        found.extend(_as_written(text, *match.span()) for match in _UNKNOWN.finditer(text) if _is_unknown(text, match))
    found.extend(_as_written(text, *match.span()) for match in _BLANK.finditer(text) if _is_blank(text, match))
    for match in _with_scheme(text):
        if _DUMMY.match(match[0]):
            end = match.end() if match[0].endswith(("...", "…")) else _trimmed(text, *match.span())
            found.append(_as_written(text, match.start(), end))
    return _outermost(found)


def _outermost(found: list[Found[str]]) -> list[Found[str]]:
    """Without what lies inside another: the "X years" of "[X years]"."""
    kept: list[Found[str]] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _as_written(text: str, start: int, end: int) -> Found[str]:
    return Found(start, end, text[start:end])


def _is_domain(domain: str) -> bool:
    return len(domain) <= _DOMAIN_LONGEST and "." in domain and domain.rpartition(".")[2].isalpha()


def _is_name(host: str) -> bool:
    """Whether the part before the top-level domain can be registered: "acme", not "e" or "asp"."""
    label = host.rpartition(".")[2]
    return (
        len(label) > 1
        and label[0] != "-"
        and "_" not in host
        and not label.isdecimal()
        and label.lower() not in _NO_HOSTS
    )


def _trimmed(text: str, start: int, end: int) -> int:
    """The end of a link without closing punctuation or markup, and without a parenthesis that opened before it."""
    escaped = _ESCAPED.search(text, start, end)
    end = escaped.start() if escaped else end
    surplus = text.count(")", start, end) - text.count("(", start, end)
    while end > start:
        if text[end - 1] == ")" and surplus > 0:
            surplus -= 1
        elif text[end - 1] not in _PUNCTUATION:
            break
        end -= 1
    return end


def _is_phone(text: str, start: int, written: str) -> bool:
    digits = re.sub(r"[^0-9]", "", written.replace("(0)", ""))
    before = text[max(0, start - 28) : start].rpartition("\n")[2].lower()
    last_words = _LETTERS.findall(before)[-3:]
    if not _FAX.isdisjoint(last_words[-2:]):
        return False
    if "+" in written[:2]:
        return 8 <= len(digits) <= 15 and _COUNTRY_CODE.match(digits) is not None
    if _DATE_OR_TIME.match(written):
        return False
    if _AMERICAN.fullmatch(written) or not _CALL.isdisjoint(last_words) or _INITIAL.search(before):
        return True
    if written.startswith("00"):
        return 10 <= len(digits) <= 17 and _COUNTRY_CODE.match(digits, 2) is not None
    return written.lstrip("(")[0] == "0" and 8 <= len(digits) <= 12 and digits != written


def _is_slot(text: str, match: re.Match[str]) -> bool:
    opening, inner = match[0][0], match[1]
    before, behind = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    named = _LETTERS.findall(inner.lower())
    if match[0][-1] != _CLOSING[opening] or not named:
        return False
    if opening == "(":
        return named[0] in _TO_FILL_IN or named[-1] in _TO_FILL_IN
    if opening == "{":
        plain = _CURLY.fullmatch(inner) is not None
        return plain and not (before.isalnum() or before in tuple("{$%#\\")) and behind != "}"
    if opening == "<":
        if before.isalnum() or any(mark in inner for mark in '=/:@!?"') or named[0] in _HTML:
            return False
    elif before in ("]", "!") or behind in ("(", "[") or any(mark in inner for mark in '"^@/=') or "://" in inner:
        return False
    if not _SLOT_WORDS.isdisjoint(named) or "xx" in named:
        return True
    return len(named) > 1 and _REMARKS.isdisjoint(named) and max(map(len, named)) > 2


def _is_unknown(text: str, match: re.Match[str]) -> bool:
    """ "XX" and "XXX" alone, but "xx" and "X" only before a unit; and no Roman century."""
    letters = match[0].lower().count("x")
    capital = match[0][0] == "X"
    if not (letters > 2 or (letters == 2 and (capital or match[1])) or (capital and match[1])):
        return False
    return not text.endswith(_CENTURY, 0, match.start())


def _is_blank(text: str, match: re.Match[str]) -> bool:
    """Whether something stands beside it; a line of nothing else is a rule across the page."""
    before = text[max(0, match.start() - 80) : match.start()].rpartition("\n")[2]
    behind = text[match.end() : match.end() + 80].partition("\n")[0]
    return bool(before.strip() or behind.strip())
