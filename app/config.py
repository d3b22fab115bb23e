"""The settings of the program, read from `LANTERN_*` environment variables or from files in /run/secrets."""

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.graphql.execution import ReadEngine
from app.rules import limits
from app.rules.frontends import is_this_machine
from app.store import database_urls
from app.store.setup_error import SetupError

PREFIX = "LANTERN_"
CHECKOUT = Path(__file__).resolve().parent.parent
# Where container platforms mount secrets as files, one per setting, named like its variable in lower case.
SECRETS = Path("/run/secrets")


class WorkerPlace(StrEnum):
    INSIDE = "inside"
    OFF = "off"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Settings(BaseSettings):
    """Every setting has a default with which the exchange runs on a machine of one's own."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        secrets_dir=SECRETS if SECRETS.is_dir() else None,
        # An error about a database URL must not print its password.
        hide_input_in_errors=True,
        frozen=True,
    )

    data_directory: Path = Field(
        default=CHECKOUT / ".lantern", description="Where the embedded database, its passwords and the keys are kept."
    )
    database_url: SecretStr | None = Field(
        default=None, description="Another PostgreSQL 18, as the role that owns the tables; unset: the embedded one."
    )
    serving_database_url: SecretStr | None = Field(
        default=None, description="The same database as role lantern_app; unset: the owner creates that role."
    )
    worker_database_url: SecretStr | None = Field(
        default=None, description="The same database as role lantern_worker; unset: the owner creates that role."
    )
    key_file: Path | None = Field(
        default=None, description="The keys, made by the first run; unset: keys.json in the data directory."
    )
    host: str = Field(default="127.0.0.1", description="The address to serve on.")
    port: int = Field(default=8000, ge=1, le=65535, description="The port to serve on.")
    public_url: str | None = Field(
        default=None, description="Where clients reach the exchange; it issues the tokens. Unset: http://host:port."
    )
    worker: WorkerPlace = Field(
        default=WorkerPlace.INSIDE,
        description="inside: the serving process does the background jobs too; off: only the one that needs keys.",
    )
    demo: bool | None = Field(
        default=None, description="Fill an empty exchange with fictional participants; unset: only an embedded one."
    )
    demo_signals: bool = Field(
        default=True, description="Let two participants of a new demo share fictional signals with each other."
    )
    read_engine: ReadEngine = Field(
        default=ReadEngine.COMPILED,
        description="compiled: queries are compiled to SQL; standard: resolvers answer them, many times slower.",
    )
    development: bool | None = Field(
        default=None, description="Tell in a header how each query was answered; unset: only where there is the demo."
    )
    cost_per_second: int = Field(
        default=limits.COST_PER_SECOND,
        ge=limits.MAX_COST // limits.SAVED_SECONDS,
        description="What operations of one client may cost in a second, in each serving process.",
    )
    explorer: Path = Field(
        default=CHECKOUT / ".lantern" / "explorer" / "pages",
        description="Where the built pages /graphiql and /explore are; scripts/run builds them there.",
    )
    metrics_port: int | None = Field(
        default=None, ge=1, le=65535, description="Where Prometheus fetches metrics, on 127.0.0.1; unset: nowhere."
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Origins of other pages that may call it from a browser, between commas; unset: none."
    )
    log_level: LogLevel = Field(default=LogLevel.INFO, description="The least severe messages that are logged.")

    @field_validator("database_url", "serving_database_url", "worker_database_url")
    @classmethod
    def _is_a_database(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            try:
                database_urls.parse(url.get_secret_value())
            except SetupError as error:
                raise ValueError(str(error)) from None
        return url

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _listed(cls, stated: object) -> object:
        return [part.strip() for part in stated.split(",") if part.strip()] if isinstance(stated, str) else stated

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not _keeps_tokens_safe(origin) or urlsplit(origin).path.strip("/"):
                raise ValueError("an origin begins with https://, or is http:// on this machine, and has no path.")
        return origins

    @field_validator("public_url")
    @classmethod
    def _is_safe(cls, url: str | None) -> str | None:
        if url is not None and not _keeps_tokens_safe(url):
            raise ValueError(
                "tokens travel to it, so it begins with https://, or is http:// on this machine; no query."
            )
        return url

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        given = {"SERVING_DATABASE_URL": self.serving_database_url, "WORKER_DATABASE_URL": self.worker_database_url}
        alone = [PREFIX + name for name, url in given.items() if url is not None]
        if alone and self.database_url is None:
            raise ValueError(f"{' and '.join(alone)}: also set LANTERN_DATABASE_URL, the same database as its owner.")
        return self

    @property
    def keys(self) -> Path:
        return self.key_file or self.data_directory / "keys.json"

    @property
    def issuer(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    def check_issuer(self) -> None:
        """For serving alone: other commands need no address of their own.

        Raises: SetupError if clients elsewhere would send their secrets and tokens in clear.
        """
        if not _keeps_tokens_safe(self.issuer):
            raise SetupError(
                f"LANTERN_HOST: {self.host} is reached from elsewhere, where tokens need https: set LANTERN_PUBLIC_URL"
                " to the https:// address that clients use."
            )

    @property
    def keeps_files(self) -> bool:
        """Whether the data directory is used; the keys may be elsewhere."""
        urls = (self.database_url, self.serving_database_url, self.worker_database_url)
        return self.has_demo or not all(urls)

    @property
    def is_development(self) -> bool:
        return self.has_demo if self.development is None else self.development

    @property
    def has_demo(self) -> bool:
        return self.database_url is None if self.demo is None else self.demo


def _keeps_tokens_safe(url: str) -> bool:
    """Whether it is https, or http that stays on this machine (RFC 8414, section 2; RFC 8252, section 7.3)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if not parts.hostname or parts.query or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(parts.hostname))


def unknown_variables(environment: Mapping[str, str] = os.environ) -> list[str]:
    """The `LANTERN_` variables that are no setting: most likely misspelt ones."""
    known = {(PREFIX + name).upper() for name in Settings.model_fields}
    return sorted(name for name in environment if name.startswith(PREFIX) and name.upper() not in known)
