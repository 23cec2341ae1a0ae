"""One Settings object: what the environment says, then `extractor.toml`, then the caller, the later the stronger."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from extractor.errors import UsageError


class Settings(BaseSettings):
    """Every setting. In the environment each is `EXTRACTOR_` and its name; the key may also be `OPENAI_API_KEY`.

    Raises `UsageError` (from `Settings.load`) that names each setting that won't do.
    """

    model_config = SettingsConfigDict(
        env_prefix="EXTRACTOR_",
        toml_file="extractor.toml",
        frozen=True,
        extra="forbid",
        populate_by_name=True,
    )

    model: str | None = Field(None, description="Name of the model; `rules`, or none: the built-in rules.")
    base_url: str | None = Field(None, description="Address of an OpenAI-compatible API; none: OpenAI's own.")
    api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("EXTRACTOR_API_KEY", "OPENAI_API_KEY"),
        description="Key for that API.",
    )
    mode: Literal["JSON_SCHEMA", "TOOLS", "JSON", "MD_JSON"] = Field(
        "JSON_SCHEMA", description="How the schema is put to the model: instructor's modes."
    )
    timeout_s: float = Field(120.0, gt=0, description="Seconds for one attempt.")
    deadline_s: float = Field(300.0, gt=0, description="Seconds for one answer, retries and re-asks included.")
    attempts: int = Field(6, ge=1, description="Attempts at most of one request.")
    reasks: int = Field(1, ge=0, description="How often an answer that doesn't fit the schema is asked again.")
    concurrency: int = Field(32, ge=1, description="Documents asked about at once, at most.")
    rpm: float | None = Field(None, gt=0, description="Requests a minute, at most.")
    tpm: float | None = Field(None, gt=0, description="Tokens a minute, at most.")
    max_cost_usd: float | None = Field(None, ge=0, description="US dollars that an extractor may spend.")
    max_tokens: int | None = Field(None, ge=0, description="Tokens that an extractor may spend.")
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="More fields of each request's body, such as temperature."
    )
    prices: Path | None = Field(None, description="File of prices in place of the built-in ones.")
    unsupported: Literal["drop", "keep", "fail"] = Field(
        "drop", description="What becomes of a value that the document doesn't support."
    )
    merge: bool = Field(
        False, description="Fill what the text leaves open with what its page publishes as schema.org JobPosting."
    )
    record: Path | None = Field(None, description="Folder in which to record the exchanges with the model.")
    replay: Path | None = Field(None, description="Folder of recorded exchanges to play back instead of asking.")
    max_bytes: int = Field(10_000_000, ge=1, description="Bytes at most of one document.")
    telemetry: Literal["off", "on", "content"] = Field(
        "off", description="OpenTelemetry spans and metrics; `content` puts what is asked and answered into them."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.record and self.replay:
            raise ValueError("record and replay exclude each other")
        return self

    @classmethod
    def load(cls, **given: Any) -> Settings:
        """The settings, with those of `given` that aren't None before all others."""
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(map(str, fault['loc'])) or 'settings'}: {fault['msg']}" for fault in error.errors()
            )
            raise UsageError(f"settings: {faults}.") from None
        except ValueError as error:  # a file that isn't TOML, an environment variable that isn't JSON
            raise UsageError(f"settings: {error}") from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The caller's values, then the file's, then the environment's."""
        return init_settings, TomlConfigSettingsSource(settings_cls), env_settings
