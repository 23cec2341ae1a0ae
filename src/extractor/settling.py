"""Proven facts to a record: what asking again has mended, each fact once, and the policy for what is unsupported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from extractor.errors import UnsupportedError
from extractor.grounding import Grade
from extractor.outcome import Unsupported
from extractor.records.citing import Claim

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

    from extractor.grounding import Ground, Grounded, Span
    from extractor.records.citing import AnswerSchema


def settle(
    answers: AnswerSchema, ground: Ground, facts: list[Grounded], policy: str, warnings: list[str]
) -> tuple[BaseModel, dict[str, tuple[Span, ...]], tuple[Unsupported, ...]]:
    """The record by the `policy` for unsupported values (drop, keep, fail), its evidence, and what was unsupported.

    Adds to `warnings`. Raises `UnsupportedError` under `fail`, and where the record isn't valid without a value.
    """
    kept: list[Claim] = []
    evidence: dict[str, tuple[Span, ...]] = {}
    unsupported: list[Unsupported] = []
    counts = dict.fromkeys(answers.shapes, 0)
    for claim, value, spans, lost in facts:
        field, at_top = claim.field, claim.index is None
        pointer = f"/{field}" if at_top else f"/{field}/{counts[field]}"
        doubted: list[Span] = []
        if lost or not spans:
            # a field that may not be null can't leave the record
            bound = at_top and not answers.shapes[field].nullable
            keep = spans or policy == "keep" or bound
            if not keep:
                pointer = pointer if at_top else f"/{field}/-"
            doubts = [] if spans else [Unsupported(pointer, claim.value, claim.at)]
            doubts += [Unsupported("/".join([pointer, *map(str, part.path)]), part.value, claim.at) for part in lost]
            if policy == "fail":
                first = doubts[0]
                raise UnsupportedError(
                    f"{ground.document.source}: {first.pointer} is {first.value!r}, which the document doesn't state "
                    f"(segments cited: {list(first.at) or 'none'})."
                )
            unsupported += doubts
            if not keep:
                continue
            if bound and not spans:
                warnings.append(f"{pointer} may not be null, so its value stays although unsupported")
            if policy == "keep" or not spans:
                doubted = ground.whole(claim.at, Grade.UNSUPPORTED)
        evidence[pointer] = (*spans, *doubted) if doubted else spans
        counts[field] += 1
        unchanged = policy == "keep" or value is claim.value
        kept.append(claim if unchanged else Claim(field, claim.index, value, claim.at))
    try:
        record = answers.schema.model_validate(answers.assemble(kept), by_name=True)
    except ValidationError as error:
        fault = error.errors()[0]
        place = "".join(f"/{part}" for part in fault["loc"])
        raise UnsupportedError(
            f"{ground.document.source}: without its {len(unsupported)} unsupported values the record isn't valid: "
            f"{place or 'record'}: {fault['msg']}."
        ) from None
    return record, evidence, tuple(unsupported)


def amend(first: list[Grounded], second: list[Grounded]) -> list[Grounded]:
    """The facts with those replaced that asking again has mended; what is mended but matches none comes last."""
    sound = {_key(fact) for fact in first if fact.supported and not fact.lost}
    # a fact that stood already mends none of the others
    answers = [fact for fact in second if fact.supported and _key(fact) not in sound]
    amended: list[Grounded | None] = [fact if fact.supported and not fact.lost else None for fact in first]

    def fill(fits: Callable[[Grounded, Grounded], bool]) -> None:
        for place, fact in enumerate(first):
            answer = next((a for a in answers if amended[place] is None and fits(fact, a)), None)
            if answer is not None:
                answers.remove(answer)
                amended[place] = answer

    fill(_alike)
    # an unsupported fact has no letters to be known by: the order was kept
    fill(lambda fact, answer: fact.claim.field == answer.claim.field and not fact.supported)
    return [now or before for now, before in zip(amended, first, strict=True)] + answers


def _alike(one: Grounded, other: Grounded) -> bool:
    """Whether two facts are about the same thing: a scalar of one field, or items that share a text."""
    if one.claim.field != other.claim.field:
        return False
    return one.claim.index is None or bool(_texts(one.claim.value) & _texts(other.claim.value))


def _texts(value: Any) -> set[str]:
    if isinstance(value, dict):
        # enum values and codes are shared by unlike facts
        return {part.casefold() for part in value.values() if isinstance(part, str) and len(part) > 3}
    return {value.casefold()} if isinstance(value, str) else set()


def once(facts: list[Grounded]) -> list[Grounded]:
    """The facts without repetitions: the first of equal items of one list stays."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for fact in facts:
        if fact.claim.index is not None:
            key = _key(fact)
            if key in seen:
                continue
            seen.add(key)
        kept.append(fact)
    return kept


def _key(fact: Grounded) -> tuple[str, str]:
    return fact.claim.field, repr(fact.value).casefold()  # parts stand in the schema's order
