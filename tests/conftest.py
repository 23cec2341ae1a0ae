"""What holds for every test: no network beyond this machine, no settings from outside."""

from __future__ import annotations

import ipaddress
import os
import sys
from typing import Any

import pytest
from hypothesis import settings

# how long an example takes says more about the machine than about the code
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


def _audit(event: str, args: tuple[Any, ...]) -> None:
    """Refuses what would leave the machine; an audit hook sees C code's sockets too, and can't be undone."""
    if event == "socket.getaddrinfo" and args[0] not in (None, "localhost", "127.0.0.1", "::1"):
        raise AssertionError(f"a test looked up {args[0]!r}")
    if event == "socket.connect" and isinstance(args[1], tuple):
        host = args[1][0]
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise AssertionError(f"a test connected to {host!r}")


sys.addaudithook(_audit)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in list(os.environ):
        if name.startswith(("EXTRACTOR_", "OPENAI_")):
            monkeypatch.delenv(name)
    # no store of the user's
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    # no extractor.toml there
    monkeypatch.chdir(tmp_path_factory.mktemp("cwd"))
