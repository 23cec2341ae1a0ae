"""One request body to one completion: the SDK's client, every failure named, and the only transport retries."""

from __future__ import annotations

import asyncio
import email.utils
import logging
import math
import re
import time
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

import httpx2
import openai
import orjson
from openai.types.chat import ChatCompletion
from pydantic import ValidationError
from tenacity import AsyncRetrying, retry_if_exception_type
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
from extractor.models.endless import EndlessError, bound
from extractor.models.limits import Budget, Pace
from extractor.models.usage import Usage

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

    from tenacity import RetryCallState

    from extractor.models.prices import Price

# Full jitter up to a doubling bound, the variant that spreads a crowd best:
# aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter
_BACKOFF = wait_random_exponential(multiplier=0.5, max=20)
_STATUS = re.compile(r"[45]\d\d")
_DAY_S = 86_400.0
_LOG = logging.getLogger("extractor")


class Tally:
    """Counts what one request takes as it happens, so that failed attempts are paid for too."""

    def __init__(self, price: Price | None) -> None:
        self.usage = Usage()
        self.retries = 0
        self.waited_s = 0.0
        """Waiting for a turn and for the budget, which no deadline counts."""
        self._price = price

    def attempt(self) -> None:
        """One more request leaves."""
        self.usage += Usage(requests=1)

    def completion(self, said: dict[str, Any]) -> Usage | None:
        """What a completion says that it used; None, and an unknown cost, where it doesn't say."""
        used = said.get("usage")
        if not isinstance(used, dict):
            self.usage += Usage(cost_usd=None)
            return None
        given, made = _count(used, "prompt_tokens"), _count(used, "completion_tokens")
        cached = min(given, _count(used.get("prompt_tokens_details"), "cached_tokens"))
        took = Usage(0, given, cached, made, self._price.of(given, cached, made) if self._price else None)
        self.usage += took
        return took


class Transport:
    """Sends request bodies to `base_url` (None: the OpenAI API) for `model`, at a pace and within a budget.

    `timeout_s` bounds an attempt; `max_output_tokens` is what the bodies allow, None where they don't say.
    """

    def __init__(
        self,
        model: str,
        *,
        api_key: str | None,
        base_url: str | None,
        timeout_s: float,
        attempts: int,
        pace: Pace | None = None,
        budget: Budget | None = None,
        max_output_tokens: int | None = None,
    ) -> None:
        self._key = api_key
        self._base_url = base_url
        self._timeout_s = timeout_s
        self._attempts = attempts
        self._pace = pace or Pace()
        self._budget = budget or Budget(None)
        self._max_output_tokens = max_output_tokens
        self._where = f"model {model} at {base_url or 'the OpenAI API'}"
        self._hopeless: tuple[float, ModelError | None] = 0.0, None  # the last fatal error, and when it came
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

    async def fetch(self, body: bytes, deadline: float, tally: Tally) -> bytes:
        """The completion for `body`, as JSON as the server sent it: paid for, though `read` may refuse it.

        `deadline` is on the running loop's clock, and moves on while a turn is waited for. Raises `ModelError`.
        """
        clock = asyncio.get_running_loop().time

        def enough(state: RetryCallState) -> bool:
            after_s = _failure(state).after_s
            wait_s = state.upcoming_sleep if after_s is None else after_s
            return state.attempt_number >= self._attempts or clock() + wait_s >= deadline + tally.waited_s

        def retried(state: RetryCallState) -> None:
            tally.retries += 1
            error = type(_failure(state).error).__name__
            facts = {"attempt": state.attempt_number, "error": error, "wait_s": round(state.upcoming_sleep, 3)}
            _LOG.info("request.retried", extra=facts)

        retrying = AsyncRetrying(retry=_MAY_PASS, wait=_wait, stop=enough, before_sleep=retried, reraise=True)
        try:
            return await retrying(self._attempt, body, deadline, tally)
        except _PassingError as last:
            tries = retrying.statistics["attempt_number"]
            times = "once" if tries == 1 else f"{tries} times"
            raise type(last.error)(f"{last.error} Tried {times}.") from last.__cause__
        finally:
            retrying.iter_state.reset()  # it refers to `retrying`: such garbage would lie about until it's looked for

    def read(self, raw: bytes) -> ChatCompletion:
        """The completion that `fetch` got, if it carries a whole answer. Raises `ModelError`."""
        try:
            said = self._shaped(raw)
        except _PassingError as failure:
            raise failure.error from None
        self._check(said)
        try:
            return ChatCompletion.model_validate_json(raw)
        except ValidationError:
            # many servers leave out a field or have values of their own; the SDK's own reading is lenient, and slow
            return ChatCompletion.construct(**said)

    async def _attempt(self, body: bytes, deadline: float, tally: Tally) -> bytes:
        """One request when its turn has come."""
        clock = asyncio.get_running_loop().time
        size, most = len(body), self._max_output_tokens
        asked = clock()
        async with self._pace.turn(self._budget.expected(size, most)) as turn, self._budget.reserve(size, most) as held:
            tally.waited_s += clock() - asked
            at_s, hopeless = self._hopeless
            if hopeless and at_s >= asked:  # said while this one waited: it would fare no better
                raise type(hopeless)(str(hopeless))
            tally.attempt()
            try:
                raw = await self._post(body, deadline + tally.waited_s - clock())
                said = self._shaped(raw)
            except _PassingError as failure:
                if failure.throttles:
                    turn.throttled(failure.after_s)
                    facts = {"limit": self._pace.limit, "paused_for_s": round(self._pace.paused_for_s, 3)}
                    _LOG.info("request.throttled", extra=facts)
                raise
            except ModelError as error:
                if error.fatal:
                    self._hopeless = clock(), error
                raise
            turn.answered()
            held.settle(tally.completion(said))
            return raw

    async def _post(self, body: bytes, left_s: float) -> bytes:
        allowed_s = max(0.001, min(self._timeout_s, left_s))
        try:
            async with asyncio.timeout(allowed_s):
                response = await self._open().post(
                    "/chat/completions",
                    content=body,
                    cast_to=httpx2.Response,  # its models would cost as much again as all else here
                    options={"headers": {"Content-Type": "application/json"}, "timeout": allowed_s},
                )
        except openai.APIStatusError as error:
            self._status(error, error.status_code, _told(error), error.response.headers)
        except (TimeoutError, openai.APIError) as error:
            raise self._broken(error, allowed_s) from error
        return response.content

    def _shaped(self, raw: bytes) -> dict[str, Any]:
        """The completion in `raw`. Raises where it isn't one by its shape."""
        try:
            said = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            hint = "Check the address: it usually ends in /v1."
            failed = ServerError(f"{self._where}: its answer isn't JSON ({self._say(error)}). {hint}")
            raise _PassingError(failed) from error
        if isinstance(said, dict):
            if said.get("error") and not said.get("choices"):
                # gateways report an upstream's failure so, under status 200
                inside = said["error"]
                told = inside if isinstance(inside, dict) else {"message": str(inside)}
                code = str(told.get("code"))
                self._status(None, int(code) if _STATUS.fullmatch(code) else 502, told, {})
            if isinstance(said.get("choices"), list):
                return said
        raise _PassingError(ServerError(f"{self._where}: its answer isn't a chat completion."))

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
        if isinstance(root, EndlessError):
            return _PassingError(ServerError(f"{self._where}: its answer isn't a chat completion ({self._say(root)})."))
        hint = "Check the address (--base-url) and the network."
        return _PassingError(UnreachableError(f"{self._where}: {self._say(root)}. {hint}"))

    def _check(self, said: dict[str, Any]) -> None:
        """Raises where a completion carries no whole answer."""
        choice = _part(said["choices"][0]) if said["choices"] else {}
        message = _part(choice.get("message"))
        if message.get("refusal"):
            raise RefusedError(f"{self._where}: the model refused: {self._say(message['refusal'])}.")
        if choice.get("finish_reason") == "content_filter":
            raise FilteredError(f"{self._where}: the provider's content filter cut the answer.")
        if choice.get("finish_reason") == "length":
            raise CutOffError(
                f"{self._where}: the answer was cut off at the limit of output tokens. "
                "Raise it (--param max_completion_tokens=…), or split the document."
            )
        if not (message.get("content") or message.get("tool_calls")):
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
            raise _PassingError(limited, _retry_after_s(headers), throttles=True) from cause
        if code >= 500 or code in (408, 409):
            failed = ServerError(f"{self._where}: the server failed ({said}).")
            raise _PassingError(failed, _retry_after_s(headers), throttles=code == 503) from cause
        hint = "Check the mode (--mode), the parameters and the document's length."
        raise RequestRejectedError(f"{self._where}: the request was rejected ({said}). {hint}") from cause

    def _open(self) -> openai.AsyncOpenAI:
        if self._client is None:
            self._client = openai.AsyncOpenAI(
                api_key=self._key or "none",  # servers that ask for none (vLLM, llama.cpp, Ollama) ignore it
                base_url=self._base_url,
                max_retries=0,
                http_client=openai.DefaultAioHttpClient(
                    verify=_trusted(),
                    event_hooks={"response": [bound]},
                    limits=httpx2.Limits(max_connections=self._pace.concurrency),
                ),
            )
        return self._client

    def _say(self, told: object) -> str:
        """What a server or library told: short, on one line, and without the key should it be repeated there."""
        text = one_line(str(told)) or type(told).__name__
        if self._key:
            text = text.replace(self._key, "…")
        return text[:200].rstrip(".")


class _PassingError(Exception):
    """A failure that may pass: a signal to tenacity. At the deadline it becomes `error`.

    `after_s` is when the server wants to be asked again; `throttles` says that it has too much to do.
    """

    def __init__(self, error: ModelError, after_s: float | None = None, *, throttles: bool = False) -> None:
        super().__init__(str(error))
        self.error = error
        self.after_s = after_s
        self.throttles = throttles or after_s is not None


_MAY_PASS = retry_if_exception_type(_PassingError)


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates to trust: reading them costs more than all else of a new client, 40 ms."""
    return httpx2.create_ssl_context()


def _failure(state: RetryCallState) -> _PassingError:
    """What the last try ended in; tenacity asks only where it is to be tried again."""
    failure = state.outcome.exception() if state.outcome else None
    assert isinstance(failure, _PassingError)
    return failure


def _wait(state: RetryCallState) -> float:
    """Seconds before the next try: a random back-off. Where the server said when, all requests wait for their turn."""
    return _BACKOFF(state) if _failure(state).after_s is None else 0.0


def _retry_after_s(headers: Any) -> float | None:
    """Seconds by the Retry-After header (RFC 9110, 10.2.3: a number, or a date); a day at most."""
    given = headers.get("retry-after")
    if given is None:
        return None
    try:
        after_s = float(given)
    except ValueError:
        try:
            after_s = email.utils.parsedate_to_datetime(given).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return None if math.isnan(after_s) else min(max(0.0, after_s), _DAY_S)


def _count(used: object, name: str) -> int:
    """A count of tokens: servers leave out what they don't count, or say null."""
    count = _part(used).get(name)
    return count if isinstance(count, int) else 0


def _part(of: object) -> dict[str, Any]:
    """An object of an answer; empty where something else stands."""
    return of if isinstance(of, dict) else {}


def _told(error: openai.APIStatusError) -> dict[str, Any]:
    """The error object of the body: the SDK has taken it out of its `error` wrapper where there is one."""
    return error.body if isinstance(error.body, dict) else {"message": error.body or error.message}


def _chain(error: BaseException) -> list[BaseException]:
    """The error and what led to it, the first cause last."""
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and cause not in chain:
        chain.append(cause)
    return chain
