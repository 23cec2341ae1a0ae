"""One request body to one completion: the SDK's client, every failure named, and the only transport retries."""

from __future__ import annotations

import asyncio
import email.utils
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import httpx2
import openai
from openai.types.chat import ChatCompletion
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_random_exponential

from extractor.documents.document import one_line
from extractor.errors import (
    CassetteError,
    CutOffError,
    DeadlineError,
    EmptyAnswerError,
    FilteredError,
    KeyRejectedError,
    ModelError,
    QuotaError,
    RateLimitedError,
    RefusedError,
    RequestRejectedError,
    ServerError,
    UnknownModelError,
    UnreachableError,
)
from extractor.models.usage import Usage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tenacity import RetryCallState

    from extractor.models.prices import Price

# A whole record is a few kilobytes; a server that sends without end is cut off here.
MAX_ANSWER_BYTES = 20_000_000
# Full jitter up to a doubling bound, the variant that spreads a crowd best:
# aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter
_BACKOFF = wait_random_exponential(multiplier=0.5, max=20)


class Tally:
    """Counts the attempts of one request as they happen, so that failed ones are paid for too."""

    def __init__(self, price: Price | None) -> None:
        self.usage = Usage()
        self._price = price

    def attempt(self) -> None:
        """One more request leaves."""
        self.usage += Usage(requests=1)

    def completion(self, completion: ChatCompletion) -> None:
        """What the server says it used; a server that doesn't say leaves the cost unknown."""
        used = completion.usage
        given = (used.prompt_tokens if used else 0) or 0
        made = (used.completion_tokens if used else 0) or 0
        details = used.prompt_tokens_details if used else None
        cached = (details.cached_tokens if details else 0) or 0
        cost = self._price.of(given, cached, made) if used and self._price else None
        self.usage += Usage(0, given, cached, made, cost)


class Transport:
    """Sends request bodies to `base_url` (None: the OpenAI API) for `model`, under a deadline."""

    def __init__(
        self, model: str, *, api_key: str | None, base_url: str | None, timeout_s: float, attempts: int
    ) -> None:
        self._key = api_key
        self._base_url = base_url
        self._timeout_s = timeout_s
        self._attempts = attempts
        self._where = f"model {model} at {base_url or 'the OpenAI API'}"
        self._client: openai.AsyncOpenAI | None = None
        self._users = 0

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Holds the connections open while the block runs; the last block to end closes them."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if self._users == 0 and self._client is not None:
                client, self._client = self._client, None
                await client.close()

    async def complete(self, body: bytes, deadline: float, tally: Tally) -> ChatCompletion:
        """One whole completion for `body`, by `deadline` (the running loop's clock). Raises `ModelError`."""
        loop = asyncio.get_running_loop()
        tries = 0
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type(_PassingError),
                wait=_wait,
                stop=stop_after_attempt(self._attempts) | stop_before_delay(max(0.0, deadline - loop.time())),
                reraise=True,
            ):
                with attempt:
                    tries += 1
                    tally.attempt()
                    return await self._attempt(body, deadline - loop.time(), tally)
        except _PassingError as last:
            times = "once" if tries == 1 else f"{tries} times"
            raise type(last.error)(f"{last.error} Tried {times}.") from last.__cause__
        raise AssertionError  # unreachable: the loop returns or raises

    async def _attempt(self, body: bytes, left_s: float, tally: Tally) -> ChatCompletion:
        allowed_s = max(0.001, min(self._timeout_s, left_s))
        try:
            async with asyncio.timeout(allowed_s):
                completion = await self._open().post(
                    "/chat/completions",
                    content=body,
                    cast_to=ChatCompletion,
                    options={"headers": {"Content-Type": "application/json"}, "timeout": allowed_s},
                )
        except openai.APIStatusError as error:
            self._status(error, error.status_code, _told(error), error.response.headers)
        except (TimeoutError, openai.APIError, ValueError) as error:
            raise self._broken(error, allowed_s) from error
        if not isinstance(completion, ChatCompletion):
            hint = "Check the address: it usually ends in /v1."
            raise _PassingError(ServerError(f"{self._where}: its answer isn't JSON. {hint}"))
        tally.completion(completion)
        self._check(completion)
        return completion

    def _broken(self, error: Exception, allowed_s: float) -> Exception:
        """What it means that no whole answer came back, or none that is a completion."""
        chain = _chain(error)
        root = chain[-1]
        if type(root).__module__.startswith("vcr."):
            return CassetteError("no recorded exchange matches the request")
        # the aiohttp transport calls a refused connection a timeout too; the chain tells them apart
        if any(isinstance(link, TimeoutError) for link in chain):
            hint = "Check the server, or allow more time (--timeout)."
            return _PassingError(DeadlineError(f"{self._where}: no whole answer within {allowed_s:g} s. {hint}"))
        if isinstance(root, _EndlessError) or not isinstance(error, openai.APIConnectionError):
            return _PassingError(ServerError(f"{self._where}: its answer isn't a chat completion ({self._say(root)})."))
        hint = "Check the address (--base-url) and the network."
        return _PassingError(UnreachableError(f"{self._where}: {self._say(root)}. {hint}"))

    def _check(self, completion: ChatCompletion) -> None:
        """Raises where a completion carries no whole answer."""
        inside = getattr(completion, "error", None)
        if inside and not completion.choices:
            # gateways report an upstream's failure so, under status 200
            told = inside if isinstance(inside, dict) else {"message": str(inside)}
            code = told.get("code")
            self._status(None, code if isinstance(code, int) else 502, told, {})
        choice = completion.choices[0] if completion.choices else None
        if choice is None or choice.message is None:
            raise EmptyAnswerError(f"{self._where}: an answer without content. Try again, or another model.")
        message = choice.message
        if message.refusal:
            raise RefusedError(f"{self._where}: the model refused: {self._say(message.refusal)}.")
        if choice.finish_reason == "content_filter":
            raise FilteredError(f"{self._where}: the provider's content filter cut the answer.")
        if choice.finish_reason == "length":
            raise CutOffError(
                f"{self._where}: the answer was cut off at the limit of output tokens. "
                "Raise it (--param max_completion_tokens=…), or split the document."
            )
        if not (message.content or message.tool_calls):
            raise EmptyAnswerError(f"{self._where}: an answer without content. Try again, or another model.")

    def _status(self, cause: Exception | None, code: int, told: dict[str, Any], headers: Any) -> NoReturn:
        """Raises what an HTTP status means: what may pass is tried again, the rest fails at once with its remedy."""
        said = f"{code}: {self._say(told.get('message') or told)}"
        if code in (401, 403):
            hint = "Set OPENAI_API_KEY to a key that may use this model."
            raise KeyRejectedError(f"{self._where}: the key was rejected ({said}). {hint}") from cause
        if code == 404:
            hint = "Check --model and --base-url (it usually ends in /v1)."
            raise UnknownModelError(f"{self._where}: unknown model or address ({said}). {hint}") from cause
        if code == 429 and "insufficient_quota" in (told.get("code"), told.get("type")):
            raise QuotaError(f"{self._where}: the account's quota is exhausted ({said}). Add credit.") from cause
        if code == 429:
            limited = RateLimitedError(f"{self._where}: too many requests ({said}).")
            raise _PassingError(limited, _retry_after_s(headers)) from cause
        if code >= 500 or code in (408, 409):
            failed = ServerError(f"{self._where}: the server failed ({said}).")
            raise _PassingError(failed, _retry_after_s(headers)) from cause
        hint = "Check the mode (--mode), the parameters and the document's length."
        raise RequestRejectedError(f"{self._where}: the request was rejected ({said}). {hint}") from cause

    def _open(self) -> openai.AsyncOpenAI:
        if self._client is None:
            self._client = openai.AsyncOpenAI(
                api_key=self._key or "none",  # servers that ask for none (vLLM, llama.cpp, Ollama) ignore it
                base_url=self._base_url,
                max_retries=0,
                http_client=openai.DefaultAioHttpClient(event_hooks={"response": [_bound]}),
            )
        return self._client

    def _say(self, told: object) -> str:
        """What a server or library told: short, on one line, and without the key should it be repeated there."""
        text = one_line(str(told)) or type(told).__name__
        if self._key:
            text = text.replace(self._key, "…")
        return text[:200].rstrip(".")


class _PassingError(Exception):
    """A failure that may pass: a signal to tenacity. At the deadline it becomes `error`."""

    def __init__(self, error: ModelError, after_s: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.after_s = after_s


class _EndlessError(Exception):
    """An answer longer than any answer can be."""


class _Bounded(httpx2.AsyncByteStream):
    """A response's stream that ends in an error where it doesn't end by itself."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                raise _EndlessError(f"more than {MAX_ANSWER_BYTES // 1_000_000} MB of it")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bound(response: httpx2.Response) -> None:
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _Bounded(response.stream)


def _wait(state: RetryCallState) -> float:
    """Seconds before the next try: what the server asked for, or a random back-off."""
    failure = state.outcome.exception() if state.outcome else None
    after_s = failure.after_s if isinstance(failure, _PassingError) else None
    return _BACKOFF(state) if after_s is None else after_s


def _retry_after_s(headers: Any) -> float | None:
    """Seconds by the Retry-After header (RFC 9110, 10.2.3: a number, or a date)."""
    given = headers.get("retry-after")
    if given is None:
        return None
    try:
        return max(0.0, float(given))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(given).timestamp() - time.time())
    except ValueError:
        return None


def _told(error: openai.APIStatusError) -> dict[str, Any]:
    """The error object of the body: the SDK has taken it out of its `error` wrapper where there is one."""
    return error.body if isinstance(error.body, dict) else {"message": error.body or error.message}


def _chain(error: BaseException) -> list[BaseException]:
    """The error and what led to it, the first cause last."""
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and cause not in chain:
        chain.append(cause)
    return chain
