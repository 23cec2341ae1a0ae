"""The client that talks to the servers under test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openai
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "sk-not-a-key"


@pytest.fixture(scope="session")
def client() -> Iterator[openai.OpenAI]:
    """One for all tests, for `with_options(base_url=…)`: each new one costs 40 ms."""
    with openai.OpenAI(api_key=KEY, base_url="http://127.0.0.1/v1", max_retries=0, timeout=5) as client:
        yield client
