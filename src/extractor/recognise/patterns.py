"""Regular expressions that are compiled when they are first used: a posting needs half of them."""

from __future__ import annotations

import re
from typing import Any, cast


class _Pattern:
    """Becomes its compiled self at the first use of it: the methods are then its own attributes."""

    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self._source, self._flags)
        for method in ("search", "match", "fullmatch", "finditer", "findall", "split", "sub"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def pattern(source: str, flags: int = 0) -> re.Pattern[str]:
    """As `re.compile`, but at first use; a fault in `source` is raised then."""
    return cast("re.Pattern[str]", _Pattern(source, flags))
