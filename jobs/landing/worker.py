"""What one process of the pool does: verify files, read tables into Parquet, seal originals.

The keys are read here, from their files, and go nowhere. What comes back to the caller holds no cell of any row.
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from jobs.landing.manifest import MANIFEST, FileEntry, Manifest
from jobs.landing.pull import Offer, TooLarge
from jobs.landing.record import Counted, Declared, LandedTable, Repair
from jobs.landing.refusals import Reason, reason, shown
from jobs.landing.seal import seal
from jobs.landing.table import STAMP, Plan, Tally, landed_blocks, plan
from lakehouse import keys
from lakehouse.errors import LakehouseError
from lakehouse.files import sync
from lakehouse.settings import Settings
from warehouse_models import dialect, registry
from warehouse_models.contract import Type

THREADS = 8  # They wait for the disk; none of them computes.


@dataclass(frozen=True)
class Task:
    """A share of the work on one delivery.

    tables: those to read into the folder `scratch`.   verified: those whose files are only compared with the manifest.
    sealed: where to seal the original; of a delivery that is only verified, when something is wrong with it.
    """

    settings: Settings
    offer: Offer
    delivery: str
    dialect: str
    scratch: Path
    tables: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    sealed: Path | None = None


@dataclass
class Done:
    """What became of a task. `unreadable`: why the point could not be read; the delivery is left for another night."""

    tables: dict[str, LandedTable] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)
    unreadable: str = ""


class _Unreadable(Exception):
    """A file of the point could not be read now."""


def work(task: Task) -> Done:
    """Do a task. What is wrong with the delivery becomes a reason; what is wrong with this machine is raised.

    A fault of this program stops one delivery, not a province; its text is not kept, for it may hold cells.
    """
    done = Done()
    for step in (_read_tables, _verify_tables, _seal):
        try:
            step(task, done)
        except _Unreadable as error:
            done.unreadable = str(error)
        except OSError as error:
            raise cannot_write(error, task.settings.landing) from None
        except LakehouseError:
            raise
        except Exception as error:
            done.reasons.append(reason("LAND-FAILED", _place(error)))
    return done


def _read_tables(task: Task, done: Done) -> None:
    for table in task.tables:
        done.tables[table] = _land(task, table, done.reasons)
    _sync([task.scratch / f"{table}.parquet" for table in done.tables])


def _verify_tables(task: Task, done: Done) -> None:
    for table in task.verified:
        list(_contents(task, table, done.reasons))


def _seal(task: Task, done: Done) -> None:
    if task.sealed and not done.unreadable and (done.reasons or not task.verified):
        seal(task.sealed, keys.seal_key(task.settings), task.delivery, _original(task, done.reasons))


def cannot_write(error: OSError, folder: Path) -> LakehouseError:
    """What to tell a person when the lakehouse's own disk fails."""
    do = "Free some disk, or mend its rights, and run the night again."
    return LakehouseError("LAND-001", f"Nothing can be written: {error.strerror}.", where=str(folder), do=do)


def _place(error: Exception) -> str:
    """Kind and place of an unforeseen error, without its text."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno}"


def _land(task: Task, table: str, reasons: list[Reason]) -> LandedTable:
    """Read the files of a table into one Parquet file, a row group a block."""
    manifest = _manifest(task)
    how = plan(
        registry.exchange()[table], dialect.load(task.dialect), task.delivery, manifest, keys.token_key(task.settings)
    )
    tally = Tally()
    task.scratch.mkdir(parents=True, exist_ok=True)
    path = task.scratch / f"{table}.parquet"
    with _writer(path, how) as writer:
        for block in landed_blocks(how, _contents(task, table, reasons), tally):
            writer.write_batch(block)
    reasons.extend(tally.reasons)
    return LandedTable(
        declared=declared(manifest, table),
        landed=Counted(rows=tally.rows, fen=tally.fen),
        unpriced=tally.unpriced,
        repairs=tuple(repairs_of(tally)),
    )


def repairs_of(tally: Tally) -> list[Repair]:
    """The repairs that were made, by column and kind."""
    made = sorted((place, count) for place, count in tally.repairs.items() if count)
    return [Repair(column=column, repair=kind, rows=count) for (column, kind), count in made]


def declared(manifest: Manifest, table: str) -> Declared:
    """What a manifest says of a table, over all its files."""
    files = manifest.files_of(table)
    elements = [entry.elements for entry in files if entry.elements is not None]
    return Declared(
        rows=sum(entry.rows for entry in files),
        fen=sum(entry.fen for entry in files),
        elements=sum(elements) if elements else None,
    )


def _manifest(task: Task) -> Manifest:
    if task.offer.manifest is None:
        raise ValueError("a delivery without a manifest has no tables")
    return task.offer.manifest


def _writer(path: Path, how: Plan) -> Any:
    """A Parquet writer. Only what repeats is worth a dictionary; nobody reads statistics of text."""
    repeating = [column.landed_name for column in how.columns if column.type in (Type.CODE, Type.FLAG, Type.INTEGER)]
    return pq.ParquetWriter(
        path,
        how.schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=[*STAMP.names, *repeating],
        write_statistics=False,
    )


def _contents(task: Task, table: str, reasons: list[Reason]) -> Iterator[tuple[FileEntry, bytes]]:
    """The files of a table as the manifest has them; for the others there is a reason."""
    for entry in _manifest(task).files_of(table):
        content = _read(task, entry.name, reasons)
        faults = [] if content is None else list(differences(entry, content))
        reasons.extend(faults)
        if content is not None and not faults:
            yield entry, content


def differences(entry: FileEntry, content: bytes) -> Iterator[Reason]:
    """How a file differs from what the manifest says of its bytes."""
    if len(content) != entry.bytes:
        yield reason("MAN-SIZE", f"{shown(entry.name)}: {entry.bytes} stated, {len(content)} found")
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        yield reason("MAN-DIGEST", shown(entry.name))


def _original(task: Task, reasons: list[Reason]) -> Iterator[tuple[str, bytes]]:
    """Everything that there is of a delivery, to be sealed. It is compared with the manifest once more, so that what is
    sealed is what was read. A file too large to read is named in a reason instead."""
    yield MANIFEST, task.offer.manifest_bytes
    stated = {entry.name: entry for entry in task.offer.manifest.files} if task.offer.manifest else {}
    for name in task.offer.files.names():
        content = _read(task, name, reasons)
        if content is None:
            continue
        if name in stated:
            reasons.extend(differences(stated[name], content))
        yield name, content


def _read(task: Task, name: str, reasons: list[Reason]) -> bytes | None:
    """A file's bytes; None, and a reason, where it is missing or too large."""
    try:
        return task.offer.files.read(name)
    except FileNotFoundError:
        reasons.append(reason("MAN-FILE", f"{shown(name)} is missing"))
    except TooLarge:
        reasons.append(reason("MAN-LARGE", shown(name)))
    except OSError as error:
        raise _Unreadable(error.strerror or type(error).__name__) from None
    return None


def _sync(paths: Sequence[Path]) -> None:
    """Make files durable, several at a time: the disk writes its journal once for all that wait."""
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(sync, paths))  # What makes a folder durable makes a file so.
