"""Where a document states a fact: by the evidence of a prediction, or by searching the document."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from extractor.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

    from extractor.documents import Document
    from extractor.evaluation.alignment import Fact
    from extractor.grounding import Span
    from extractor.records.shapes import Shape

Places = tuple[tuple[int, int], ...]
"""Half-open ranges of `Document.text`, in code points."""


class Witness:
    """One document, asked where it states a fact.

    `evidence` is that of the predicted record. Without a `document` nothing is known of facts that have none.
    """

    def __init__(
        self,
        schema: type[BaseModel],
        document: Document | None = None,
        evidence: Mapping[str, Sequence[Span]] | None = None,
    ) -> None:
        self._evidence = evidence
        self._shapes = _shapes(schema)
        self._ground: Any = None
        if document is not None:
            from extractor.grounding import Ground

            self._ground = Ground(document)

    def of_prediction(self, fact: Fact) -> Places | None:
        """Where a predicted fact is stated; () where nowhere, None where that can't be told.

        Evidence that came with the prediction decides, where there is any; it is given for whole facts, so
        the parts of an object share theirs.
        """
        if self._evidence is None:
            return self.searched(fact)
        whole = fact.pointer if fact.field.listed else f"/{fact.field.path[0]}"
        spans = self._evidence.get(whole, ())
        return tuple((span.start, span.end) for span in spans if span.grade not in ("published", "unsupported"))

    def searched(self, fact: Fact) -> Places | None:
        """Where the document states a fact, found by search; () where nowhere, None where that can't be told.

        A fact without letters of its own (a number, a code, a word of a closed vocabulary) that isn't found
        may be stated all the same.
        """
        shape = self._shape(fact)
        if self._ground is None or shape is None:
            return None
        from extractor.records.citing import Claim

        proof = self._ground.prove(Claim(fact.field.path[0], None, fact.value, ()), shape)
        found = tuple((span.start, span.end) for span in proof.spans)
        return found if found or fact.fuzzy else None

    def _shape(self, fact: Fact) -> Shape | None:
        """The shape of the value. A lifted text is searched for as any other is: nothing is cited for it."""
        first, *rest = fact.field.path
        shape = self._shapes.get(first)
        for step in rest:
            shape = shape.parts.get(step) if shape else None
        if fact.field.listed and shape:
            shape = shape.item
        return replace(shape, kind="text") if shape and shape.kind == "lifted" else shape


@cache
def _shapes(schema: type[BaseModel]) -> Mapping[str, Shape]:
    """The shapes of a schema's fields; none for a schema that no model could be asked to fill."""
    from extractor.records.citing import AnswerSchema

    try:
        return AnswerSchema(schema).shapes
    except SchemaError:
        return {}
