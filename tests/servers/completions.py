"""The bodies of an OpenAI-compatible API: completions, errors, the list of models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import orjson

Usage: TypeAlias = Mapping[str, Any] | Literal["counted"] | None
"""As given, or by `counted`; None leaves it out, as some servers do."""

CREATED = 0  # no clock: what is recorded today and tomorrow is the same to the byte
_CHARACTERS_PER_TOKEN = 4  # the rule of thumb for English, help.openai.com/en/articles/4936856


def tokens(text: str) -> int:
    """An approximation: a token for each four characters, rounded up."""
    return -(-len(text) // _CHARACTERS_PER_TOKEN)


def used(given: int, made: int, cached: int = 0) -> dict[str, Any]:
    """A `usage` of `given` input tokens, `cached` of them from the provider's cache, and `made` output tokens."""
    return {
        "prompt_tokens": given,
        "completion_tokens": made,
        "total_tokens": given + made,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


def counted(request: Mapping[str, Any], text: str) -> dict[str, Any]:
    """A `usage` by `tokens`: in go the messages' words and the schema, out comes `text`."""
    asked = "".join(words(message) for message in request.get("messages", ()))
    schema = request.get("tools") or request.get("response_format")
    return used(tokens(asked + (orjson.dumps(schema).decode() if schema else "")), tokens(text))


def words(message: Mapping[str, Any]) -> str:
    """What a message says: its content, the text of its parts, or the tool calls that it makes instead."""
    content = message.get("content")
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content)
    if content is None and "tool_calls" in message:
        return orjson.dumps(message["tool_calls"]).decode()
    return content or ""


def completion(
    request: Mapping[str, Any],
    identity: str,
    text: str | None,
    *,
    finish_reason: str = "stop",
    refusal: str | None = None,
    tool: bool = True,
    usage: Usage = "counted",
) -> dict[str, Any]:
    """A chat completion that says `text`: as a tool call where the request has tools, unless `tool` is False."""
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": refusal}
    name = _function(request)
    if name is not None and tool and text:
        # a forced function ends with "stop" too, so `finish_reason` stays
        call = {"id": f"call-{identity}", "type": "function", "function": {"name": name, "arguments": text}}
        message |= {"content": None, "tool_calls": [call]}
    body = {
        "id": identity,
        "object": "chat.completion",
        "created": CREATED,
        "model": request.get("model"),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}],
    }
    if isinstance(usage, str):
        usage = counted(request, text or refusal or "")
    return body if usage is None else {**body, "usage": usage}


def _function(request: Mapping[str, Any]) -> str | None:
    """The function that the request forces, or the first of its tools."""
    tools, choice = request.get("tools"), request.get("tool_choice")
    if not tools or choice == "none":
        return None
    name = choice["function"]["name"] if isinstance(choice, dict) else tools[0]["function"]["name"]
    return str(name)


def failure(message: str, kind: str, code: str | int | None = None) -> dict[str, Any]:
    """The body of an error: platform.openai.com/docs/guides/error-codes."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def models(*names: str) -> dict[str, Any]:
    """The body of `GET /v1/models`."""
    data = [{"id": name, "object": "model", "created": CREATED, "owned_by": "tests"} for name in names]
    return {"object": "list", "data": data}
