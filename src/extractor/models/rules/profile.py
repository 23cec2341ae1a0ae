"""What is asked of the person: experience, education, skills, languages, certificates and conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from extractor.models.rules.cues import Range, outermost
from extractor.models.rules.layout import PROFILE, key_words
from extractor.models.rules.naming import names_in
from extractor.models.rules.schooling import degrees, education, experience
from extractor.models.rules.statements import Statement, statements
from extractor.recognise.patterns import pattern
from extractor.recognise.years import find_years

if TYPE_CHECKING:
    from collections.abc import Iterable

    from extractor.models.rules.cues import Cue
    from extractor.models.rules.layout import Layout
    from extractor.models.rules.lines import Line
    from extractor.models.rules.naming import Name

Fact = dict[str, Any]

_TYPED_SECTIONS = {"soft_skills": "soft", "frameworks": "framework", "cultural_skills": "cultural"}
_QUIET = frozenset(["responsibilities", "benefits", "application", "contact", "ignored", "documents", "details"])
_UNCONDITIONAL = frozenset(("benefits", "ignored", "about"))
# Kinds of conditions whose words are used for little else.
_SURE = frozenset(
    ["citizenship", "work_permit", "security_clearance", "background_check", "driving_licence", "on_call", "shift_work"]
)
_FEW = 6  # words of a statement in which the name of a language means the language
_LABEL = 5  # words that a dash may set apart as what the rest explains
_CERTIFICATE = 3  # words in the name of a certificate that stands among skills
_SHORT = 25  # words of a sentence that says one thing
_FIELD = 60  # characters of a line that is a field and no statement
# How a product's name is written: in a word of its own, or with a capital at each word.
_PRODUCT = pattern(r"\d|[A-Z]\w*[A-Z]|[a-z][A-Z]|[+#]|^\.?[a-z]+\.[a-z]+$|^\.[A-Z]+$")
_CAPITALS = pattern(r"[A-Z]\w*(?: [A-Z]\w*)+")
_PARTS = pattern(r"[\s/-]+")


class Profile:
    """Collects the facts of the profile, line by line. What is `named` otherwise in the posting is no skill."""

    def __init__(self, layout: Layout, named: Iterable[str]) -> None:
        self.layout = layout
        self.named = frozenset(name.casefold() for name in named)
        self.scan = layout.scan
        self.found: dict[str, list[Fact]] = {
            name: [] for name in ("experience", "education", "skills", "languages", "certifications", "conditions")
        }

    def read(self) -> dict[str, list[Fact]]:
        """The facts of all lines, each thing once."""
        profile = [place for place, line in enumerate(self.layout.lines) if line.section in PROFILE]
        last = max(profile, default=0)
        for place, line in enumerate(self.layout.lines):
            if line.kind == "heading":
                continue
            if line.section not in PROFILE:
                self._elsewhere(line, beside=bool(profile), behind=bool(profile) and place > last)
            elif not line.label and not (line.kind == "text" and self._is_field(line)):
                self._lead_in(line)
                said = list(statements(self.scan, line.value, line.end))
                for statement in said[:1] if self._explains(said) else said:
                    self._statement(line, statement)
        self.found["skills"] = _shortest(self.found["skills"])
        for field, key in (("skills", "name"), ("certifications", "name"), ("languages", "language")):
            self.found[field] = _once(self.found[field], key)
        return self.found

    def _is_field(self, line: Line) -> bool:
        """Whether a line is a field of the posting that no label names: "Directorate: Customer Services"."""
        said = self.layout.said(line)
        return len(said) < _FIELD and ": " in said and said[-1] not in ".!?"

    def _explains(self, said: list[Statement]) -> bool:
        """Whether what follows a dash explains the few words before it: "Teamwork - Shares what is known"."""
        if len(said) < 2 or said[0].whole.size > _LABEL or said[1].whole.size <= _LABEL:
            return False
        dash = self.layout.text[said[0].end : said[1].start].strip() in ("-", "–", "—")
        return dash and not said[1].of("cue", "demand", "experience")

    def _lead_in(self, line: Line) -> None:
        """A label in bold before a description is what is asked for: "**Teamwork** - You will share what you know"."""
        if line.has("cue", "duty"):
            segment = self.layout.segments[line.number]
            statement = Statement(self.scan, segment.start, segment.body)
            self._skills(line, statement, names_in(statement, statement.whole))

    def _elsewhere(self, line: Line, *, beside: bool, behind: bool) -> None:
        """A line outside of the profile makes conditions, and asks from a cue on: `beside` a profile for experience.

        `behind` the profile it makes conditions only.
        """
        if not (line.has("cue", "demand") or line.has("condition")):
            return
        for statement in statements(self.scan, line.value, line.end):
            condition = self._stated_condition(line, statement)
            if condition:
                self._condition(line, statement, condition)
            elif not behind and line.section not in _QUIET and not line.label:
                demands = statement.of("cue", "demand")
                if beside and not line.has("cue", "experience"):
                    continue
                if demands and not statement.of("cue", "teaser", "offer", "self"):
                    self._statement(line, Statement(self.scan, demands[0].start, statement.end))

    def _statement(self, line: Line, statement: Statement) -> None:
        if statement.of("cue", "duty") and not statement.of("cue", "demand", "experience"):
            return
        if line.kind == "text" and self._asks_or_instructs(statement):
            return
        softened = bool(statement.of("requirement", "preferred"))
        begin = self._address(statement)
        if begin > statement.start:
            statement = Statement(self.scan, begin, statement.end, softened=softened)
        condition = next(iter(statement.of("condition")), None)
        if condition:
            end = self._condition(line, statement, condition)
            statement = Statement(self.scan, statement.start, end)
        whole = statement.whole
        if whole and self._speaks(line, statement):
            self._languages(line, statement)
            return
        if degrees(statement):
            facts, whole = education(self.layout, statement, preferred=line.preferred)
            for fact in facts:
                self._add("education", line, **fact)
            if not whole or not statement.of("cue", "experience"):
                return
        if not whole:
            return
        named = statement.of("headings", "certifications") or statement.of("cue", "certified")
        if line.section == "certifications" or named:
            self._certifications(line, statement, named)
            return
        requirement = self._requirement(line, statement, Range(whole.first, whole.first + 1))
        worked, spans = experience(self.layout, statement, whole)
        for fact in worked:
            self._add("experience", line, **fact, requirement=requirement)
        for span in spans:
            self._skills(line, statement, names_in(statement, span))

    def _asks_or_instructs(self, statement: Statement) -> bool:
        """Whether a sentence is a question, or says what to hand in."""
        told = any(cue.start == statement.start for cue in statement.of("cue", "submit"))
        asked = "?" in self.layout.text[statement.end - 1 : statement.end + 1]
        return asked or (told and bool(statement.of("documents")))

    def _address(self, statement: Statement) -> int:
        """Where a sentence turns to the person: "Here at our bakery [you should] …"."""
        praised = {cue.start for cue in statement.of("requirement")}  # "… is an advantage" turns to nobody
        for cue in statement.of("cue", "demand"):
            if cue.start in praised:
                continue
            first = self.scan.between(cue.start, cue.end).first
            if first - statement.whole.first <= _FEW and self.scan.folded[first] in self.scan.lexicon.stop_words:
                return cue.start
        return statement.start

    def _requirement(self, line: Line, statement: Statement, span: Range | None = None) -> str:
        softened = statement.softened and not (span and statement.requires(span))
        return "preferred" if line.preferred or softened else "required"

    def _add(self, field: str, line: Line, **fact: Any) -> None:
        self.found[field].append({**fact, "at": line.at})

    def _skills(self, line: Line, statement: Statement, names: Iterable[Name]) -> None:
        certificates = [cue.start for cue in statement.of("certificate")]
        for name in names:
            requirement = self._requirement(line, statement, name.span)
            if self.scan.starts[name.span.first] in certificates and name.span.size <= _CERTIFICATE:
                self._add("certifications", line, name=name.text, requirement=requirement)
                continue
            if name.text.casefold() in self.named or self._is_time(statement, name.span):
                continue
            kind = _TYPED_SECTIONS.get(line.section or "") or self._kind(statement, name.span)
            if kind is None:
                kind = "tool" if self._is_product(name.text) else "hard"
            self._add("skills", line, name=name.text, type=kind, requirement=requirement)

    def _is_time(self, statement: Statement, span: Range) -> bool:
        """Whether words say how long something was done: "with 5 years of relevant [experience]"."""
        start, end = self.scan.starts[span.first], self.scan.ends[span.last - 1]
        return bool(statement.of("cue", "experience")) and bool(self.layout.read(find_years, start, end))

    def _is_product(self, name: str) -> bool:
        """Whether a thing is written as products are: German writes all nouns with a capital."""
        lexicon = self.scan.lexicon
        if any(_PRODUCT.search(part) and part.casefold() not in lexicon.generic for part in _PARTS.split(name)):
            return True
        return lexicon.language != "de" and _CAPITALS.fullmatch(name) is not None

    def _kind(self, statement: Statement, span: Range) -> str | None:
        """The type of skill that a cue in the words names."""
        cues = statement.of("skill")
        if not cues:
            return None
        start, end = self.scan.starts[span.first], self.scan.ends[span.last - 1]
        kinds = {cue.name for cue in cues if start <= cue.start and cue.end <= end}
        return next((kind for kind in ("cultural", "soft", "framework", "tool") if kind in kinds), None)

    def _certifications(self, line: Line, statement: Statement, named: list[Cue]) -> None:
        span = statement.whole
        if named and named[0].section == "headings":  # "certifications such as …"
            span = self.scan.between(named[0].end, statement.end) or span
        for name in names_in(statement, span):
            self._add("certifications", line, name=name.text, requirement=self._requirement(line, statement))

    def _stated_condition(self, line: Line, statement: Statement) -> Cue | None:
        """The condition that a sentence outside of the profile makes: a demand, or a word used for little else."""
        if line.section in _UNCONDITIONAL or statement.of("cue", "offer"):
            return None
        if statement.text.count(",", statement.start, statement.end) > _FEW:  # a list of what nobody is judged by
            return None
        short = statement.whole.size <= _SHORT
        for cue in statement.of("condition"):
            if line.section == "responsibilities" and cue.name != "on_call":
                continue
            if (
                (short and cue.name in _SURE)
                or line.label == "travel"
                or (cue.name != "other" and statement.of("requirement"))
            ):
                return cue
        return None

    def _condition(self, line: Line, statement: Statement, cue: Cue) -> int:
        """Adds the condition; returns where its text begins, behind what the statement asks for besides."""
        begin = statement.start
        if line.section in PROFILE:
            comma = statement.text.rfind(",", begin, cue.start)
            named = (*statement.of("skill"), *statement.of("cue", "experience"))
            asked = any(known.end <= comma for known in named)
            begin = comma + 1 if asked else begin
        said = Statement(self.scan, begin, statement.end)
        if begin > statement.start:
            text = said.cut(said.behind_joint(said.whole))
        else:
            text = " ".join(statement.text[begin : statement.end].strip(" \n\t*_.,;").split())
        self._add("conditions", line, kind=cue.name, text=text, requirement=self._requirement(line, said))
        return begin

    def _speaks(self, line: Line, statement: Statement) -> bool:
        """Whether the languages that a statement names are to be spoken."""
        if not statement.of("language"):
            return False
        spoken = line.section == "languages" or statement.of("cefr") or statement.of("labels", "languages")
        return bool(spoken) or statement.whole.size <= _FEW

    def _languages(self, line: Line, statement: Statement) -> None:
        """Adds the languages, each at the level named nearest to it, and the abilities named beside them."""
        levels = outermost(statement.of("cefr"))
        spoken = statement.of("language")
        requirement = self._requirement(line, statement)
        for language in spoken:
            level = min(
                levels,
                key=lambda cue: min(abs(cue.start - language.end), abs(language.start - cue.end)),
                default=None,
            )
            level_name = level.name if level else None
            self._add("languages", line, language=language.name, level=level_name, requirement=requirement)
        places = {cue.start for cue in spoken}
        self._skills(
            line,
            statement,
            [
                name
                for name in names_in(statement, statement.whole)
                if self._kind(statement, name.span) and places.isdisjoint(self.scan.starts[slice(*name.span)])
            ],
        )


def _shortest(skills: list[Fact]) -> list[Fact]:
    """Without a framework's longer name beside its short one: "Scrum methods" beside "Scrum"."""
    named = [(skill, key_words(skill["name"]) if skill["type"] == "framework" else ()) for skill in skills]
    known = {words for _, words in named if words}
    return [
        skill
        for skill, words in named
        if len(words) < 2 or not any(words[:size] in known for size in range(1, len(words)))
    ]


def _once(facts: list[Fact], key: str) -> list[Fact]:
    """Each thing once, at its strongest requirement and with the level that is stated."""
    kept: dict[tuple[str, ...], Fact] = {}
    for fact in facts:
        words = key_words(fact[key])
        known = kept.get(words)
        if known is None:
            kept[words] = fact
            continue
        if known["requirement"] == "preferred" and fact["requirement"] == "required":
            kept[words] = known = {**known, "requirement": "required", "at": fact["at"]}
        if "level" in known and known["level"] is None and fact["level"]:
            kept[words] = {**known, "level": fact["level"], "at": sorted({*known["at"], *fact["at"]})}
    return list(kept.values())
