"""`python -m extractor` is the console script."""

from __future__ import annotations

from extractor.cli import main

main()
