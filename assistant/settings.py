"""The only reader of the environment."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from index.endpoint import told
from index.errors import DatelineError
from index.server import server_address

MIN_PASSWORD = 8
_PREFIX = "DATELINE_"
_OPENAI = {"OPENAI_API_KEY": "openai_api_key", "OPENAI_BASE_URL": "openai_base_url"}


class SettingsError(DatelineError):
    """An environment variable has a value that cannot be used, or a name that nothing reads."""


class Settings(BaseModel):
    """How the assistant runs. Every field is read from `DATELINE_` and its name in capitals, or from `OPENAI_*`."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    llm: Literal["auto", "openai", "local", "extractive"] = "auto"
    """What writes answers: `auto` is `openai` when a key or a base URL is set, else `local`; `extractive` is no model."""
    model_path: Path | None = None
    """A GGUF file for `local`, instead of the bundled model."""
    chat_model: str | None = None
    """The model's name at an OpenAI-compatible endpoint; without it, the only one that the endpoint lists."""
    embedding_model: str | None = None
    """The name of an embedding model at the endpoint; without it, the bundled embedder."""
    cache: Path | None = None
    """Where the bundled model is kept once joined; without it, the user's cache folder."""
    timeout: float = Field(default=120.0, ge=1, le=3600)
    """Seconds that the model may take for one answer, retries included."""
    concurrency: int = Field(default=4, ge=1, le=256)
    """Questions that an endpoint is asked at once; the next one waits its turn within its own time."""
    evidence_tokens: int | None = Field(default=None, ge=100, le=20_000)
    """Tokens of evidence that the model is shown; without it, 300 for a local model and 1,200 for an endpoint's."""
    auth: str | None = Field(default=None, repr=False)
    """`name:password` that the web UI asks for; needed to serve other hosts than this one."""
    store: str | None = None
    """The URL of a Chroma server that keeps the vectors, so that several processes share them; without it, the index folder."""
    uploads: bool = True
    """Whether readers of the web UI may add articles to the folder and have it synced."""
    history: bool = True
    """Whether the web UI keeps conversations on this machine."""
    rate: int = Field(default=30, ge=1, le=10_000)
    """Questions that one reader of the web UI may ask in a minute."""
    openai_api_key: str | None = Field(default=None, repr=False)
    openai_base_url: str | None = Field(default=None, repr=False)

    @field_validator("openai_base_url")
    @classmethod
    def _is_url(cls, value: str | None) -> str | None:
        if value is None:
            return value
        try:
            parts = urlsplit(value)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and value.isprintable()
        except ValueError:  # brackets that do not close, or a port that is none; it says what stands there, maybe a password
            usable = False
        if not usable:
            raise ValueError("expected a URL like http://127.0.0.1:8080/v1")
        return value

    @field_validator("store")
    @classmethod
    def _is_chroma(cls, value: str | None) -> str | None:
        if value is not None:
            server_address(value)
        return value

    @field_validator("auth")
    @classmethod
    def _is_name_and_password(cls, value: str | None) -> str | None:
        if value is not None:
            name, _, password = value.partition(":")
            if not name or len(password) < MIN_PASSWORD or not value.isprintable():
                raise ValueError(f"expected name:password, with {MIN_PASSWORD} or more characters of a password")
        return value

    @property
    def mode(self) -> Literal["openai", "local", "extractive"]:
        """What `llm` comes to."""
        if self.llm != "auto":
            return self.llm
        return "openai" if self.openai_api_key or self.openai_base_url else "local"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of an environment, the process's own by default.

    Raises SettingsError, in one line, for a value out of bounds and for a `DATELINE_` name that nothing reads.

    >>> read_settings({"OPENAI_BASE_URL": "http://127.0.0.1:8080/v1"}).mode
    'openai'
    >>> read_settings({"DATELINE_LMM": "local"})
    Traceback (most recent call last):
        ...
    assistant.settings.SettingsError: DATELINE_LMM is not a setting; did you mean DATELINE_LLM?
    """
    found = os.environ if environment is None else environment
    found = {name: value.strip() for name, value in found.items() if value.strip()}  # an empty value is as good as none
    values = {field: found[name] for name, field in _OPENAI.items() if name in found}
    known = [_PREFIX + field.upper() for field in Settings.model_fields if not field.startswith("openai_")]
    for name, value in found.items():
        if not name.startswith(_PREFIX):
            continue
        if name not in known:
            near = [
                _PREFIX + one
                for one in difflib.get_close_matches(name[len(_PREFIX) :], [one[len(_PREFIX) :] for one in known], n=1)
            ]
            hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(sorted(known))}"
            raise SettingsError(f"{name} is not a setting; {hint}")
        values[name.removeprefix(_PREFIX).lower()] = value
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = str(first["loc"][0])
        name = field.upper() if field.startswith("openai_") else _PREFIX + field.upper()
        shown = "" if "key" in field or field == "auth" else f" is {_shown(str(first['input']), field)}"
        raise SettingsError(
            f"{name}{shown}: {first['msg'].removeprefix('Value error, ')}; mend it or unset it: unset {name}"
        ) from error


def _shown(value: str, field: str) -> str:
    """A value as an error shows it: an address without the password or the key that may be in it."""
    if field not in ("openai_base_url", "store") or told(value) == value:
        return repr(value)
    return f"{told(value)!r} (not shown: what may be a password or a key)"
