"""The settings of the program, read from `LANTERN_*` environment variables or from files in /run/secrets."""

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

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
        description="inside: the serving process does the background jobs too; off: it does not.",
    )
    demo: bool | None = Field(
        default=None, description="Fill an empty exchange with fictional participants; unset: only an embedded one."
    )
    log_level: LogLevel = Field(default=LogLevel.INFO, description="The least severe messages that are logged.")

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if self.database_url is None and (self.serving_database_url or self.worker_database_url):
            raise ValueError("a serving or worker database URL needs LANTERN_DATABASE_URL beside it")
        return self

    @property
    def keys(self) -> Path:
        return self.key_file or self.data_directory / "keys.json"

    @property
    def issuer(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def has_demo(self) -> bool:
        return self.database_url is None if self.demo is None else self.demo


def unknown_variables(environment: Mapping[str, str] = os.environ) -> list[str]:
    """The `LANTERN_` variables that are no setting: most likely misspelt ones."""
    known = {(PREFIX + name).upper() for name in Settings.model_fields}
    return sorted(name for name in environment if name.startswith(PREFIX) and name.upper() not in known)
