"""One deployment's declarations: its points, one file each, and its settings. The commission writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings

PointId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]
ConnectionId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
PointClass = Literal["internet_hospital", "hospital", "township_centre"]


class _Declaration(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


Model = TypeVar("Model", bound=_Declaration)


class DirectoryTransport(_Declaration):
    """The point puts its deliveries into a folder that this machine can read.

    path: the point's outbox, absolute or relative to the site."""

    kind: Literal["directory"]
    path: str


class SftpTransport(_Declaration):
    """The point's deliveries lie on an SFTP server, one folder each.

    connection: name of the connection: host, login, key or password, host key.   path: the outbox on the server."""

    kind: Literal["sftp"]
    connection: ConnectionId
    path: str


class HttpTransport(_Declaration):
    """The point offers its deliveries over the HTTP interface of docs/http-interface.md.

    connection: name of the connection: host, keys of the envelope, authority of the certificate."""

    kind: Literal["http"]
    connection: ConnectionId


class PushTransport(_Declaration):
    """The point pushes its deliveries to our receiver.

    connection: name of the connection that holds the keys of its envelope."""

    kind: Literal["push"]
    connection: ConnectionId


class DatabaseTransport(_Declaration):
    """The point's rows stand in tables of a front-end database, named as the dialect names files and headers.

    connection: name of the connection: kind of database, host, login, password, database.   namespace: `schema` in the
    file; the tables' schema, where it is not the login's own.   batches: table that lists the deliveries.   updated:
    column of every table with the stamp of a row's last change, where there are no batches. One of the two is given.
    """

    kind: Literal["database"]
    connection: ConnectionId
    namespace: Annotated[str, StringConstraints(min_length=1)] | None = Field(default=None, alias="schema")
    batches: Annotated[str, StringConstraints(min_length=1)] | None = None
    updated: Annotated[str, StringConstraints(min_length=1)] | None = None

    @model_validator(mode="after")
    def _has_one_mode(self) -> Self:
        if (self.batches is None) == (self.updated is None):
            raise ValueError("a database has either `batches`, a table, or `updated`, a column")
        return self


Transport = Annotated[
    DirectoryTransport | SftpTransport | DatabaseTransport | HttpTransport | PushTransport, Field(discriminator="kind")
]


class Point(_Declaration):
    """A front-end exchange point: where its deliveries lie and how its vendor writes them.

    institution: code of the institution it stands at, WS 218.   timetable: Beijing time at which it means to offer.
    connected_from: first business date that is expected of it.
    """

    id: PointId
    name: str
    kind: PointClass = Field(alias="class")
    institution: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{22}$")]
    region: Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
    dialect: str
    transport: Transport
    timetable: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    connected_from: date


class Site(_Declaration):
    """Settings of the deployment, and the name of its province.

    waiting_days: business days that a row waits for its parent before it is quarantined.   refused_kept_days: days for
    which the sealed original of a refused delivery is kept.   gate: thresholds that differ from the built-in ones.
    """

    name: str
    waiting_days: int = Field(default=30, ge=1)
    refused_kept_days: int = Field(default=90, ge=1)
    gate: Mapping[str, float] = Field(default_factory=dict)


def load_site(settings: Settings) -> Site:
    """The site's settings. Raises SITE-001 or SITE-002."""
    return _load(settings.site / "settings.yaml", Site)


def load_points(settings: Settings) -> list[Point]:
    """The site's points in the order of their ids. Raises SITE-001 to SITE-003."""
    files = sorted((settings.site / "points").glob("*.yaml"))
    if not files:
        raise LakehouseError(
            "SITE-001",
            "The site declares no point.",
            where=str(settings.site / "points"),
            do="Set LAKEHOUSE_SITE to the site's folder, or run `lakehouse province generate` for a demonstration.",
        )
    points = [_load(file, Point) for file in files]
    for file, point in zip(files, points, strict=True):
        if file.stem != point.id:
            raise LakehouseError(
                "SITE-003",
                f"The file of point {point.id} does not bear its name.",
                where=str(file),
                do=f"Name it {point.id}.yaml.",
            )
    return points


def select_points(points: list[Point], ids: list[str] | None) -> list[Point]:
    """The points of those ids; all when none are given. Raises SITE-004 for an id that the site does not declare."""
    unknown = sorted(set(ids or ()) - {point.id for point in points})
    if unknown:
        raise LakehouseError("SITE-004", f"The site declares no point {unknown[0]}.", do="See the site's `points/`.")
    return [point for point in points if not ids or point.id in ids]


def outbox(settings: Settings, transport: DirectoryTransport) -> Path:
    """The folder in which a point offers its deliveries."""
    return (settings.site / transport.path).resolve()


def _load(file: Path, model: type[Model]) -> Model:
    """Read a declaration. The reader is the C one: the Python one takes six seconds for a province."""
    if not file.is_file():
        raise LakehouseError("SITE-001", "A file of the site is missing.", where=str(file), do="Put it there.")
    try:
        text: Any = yaml.load(file.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
        return model.model_validate(text)
    except (yaml.YAMLError, UnicodeDecodeError, ValidationError) as error:
        raise LakehouseError("SITE-002", fault(error), where=str(file), do="Correct the file.") from None


def fault(error: Exception) -> str:
    """What is wrong with a declaration, in one sentence."""
    if not isinstance(error, ValidationError):
        return "The file is not YAML in UTF-8."
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"]) or "the file"
    return f"{field}: {first['msg']}."
