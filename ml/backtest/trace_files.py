"""Reading and writing the folder that holds a trace; rows are read in batches and kept as numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import BaseModel, Field, ValidationError

from cloudflow_lib.errors import WrongInputError
from ml.backtest.traces import NEVER, Labels, Log, ObjectTable, Trace, assembled

BATCH_ROWS = 1 << 18
OBJECT_COLUMNS = (
    "object_id",
    "prefix",
    "extension",
    "owner",
    "size_bytes",
    "created_day",
    "deleted_day",
    "expires_day",
)
ACCESS_COLUMNS = ("object_id", "day", "reads", "bytes_read", "writes")


class TraceDocument(BaseModel):
    """What `trace.json` says; further names in it are ignored."""

    name: str
    days: Annotated[int, Field(ge=1)]
    history_days: Annotated[int, Field(ge=0)]
    source: str = ""
    licence: str = ""


def read_trace(folder: Path) -> Trace:
    """Return the trace in *folder*; WrongInputError says what is missing or wrong in which file."""
    about = _about(folder / "trace.json")
    objects = _objects(folder / "objects.parquet")
    ids = pa.array(objects.ids, pa.string())
    if len(pc.unique(ids)) != len(ids):
        raise WrongInputError(f"{folder / 'objects.parquet'}: an object_id stands twice")
    log, strangers = _log(folder / "accesses.parquet", ids)
    trace = assembled(
        objects,
        log,
        name=about.name,
        days=about.days,
        history_days=about.history_days,
        source=about.source,
        licence=about.licence,
    )
    if strangers:
        trace.left_out["of objects that objects.parquet does not know"] = strangers
    return trace


def write_trace(trace: Trace, folder: Path) -> None:
    """Write the three files; what is in the folder under their names is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    table, log = trace.objects, trace.log
    objects = pa.table(
        {
            "object_id": pa.array(table.ids, pa.string()),
            **{name: _names(column) for name, column in _labelled(table)},
            "size_bytes": table.size_bytes,
            "created_day": table.created,
            "deleted_day": pa.array(table.deleted, pa.int32(), mask=table.deleted == NEVER),
            "expires_day": pa.array(table.expires, pa.int32(), mask=table.expires == NEVER),
        }
    )
    pq.write_table(objects, folder / "objects.parquet", compression="zstd")
    ids = pa.DictionaryArray.from_arrays(pa.array(log.object), pa.array(table.ids, pa.string()))
    accesses = pa.table(
        {
            "object_id": ids.cast(pa.string()),
            "day": log.day,
            "reads": log.reads.astype(np.int32),
            "bytes_read": log.bytes_read,
            "writes": log.writes.astype(np.int32),
        }
    )
    pq.write_table(accesses, folder / "accesses.parquet", compression="zstd")
    about = {"name": trace.name, "days": trace.days, "history_days": trace.history_days}
    more = {"source": trace.source, "licence": trace.licence}
    (folder / "trace.json").write_text(json.dumps({**about, **more}, indent=2) + "\n", encoding="utf-8")


def _labelled(table: ObjectTable) -> Sequence[tuple[str, Labels]]:
    return (("prefix", table.prefix), ("extension", table.extension), ("owner", table.owner))


def _names(column: Labels) -> Any:  # noqa: ANN401 # pyarrow ships no types
    return pa.DictionaryArray.from_arrays(pa.array(column.codes), pa.array(column.names, pa.string())).cast(pa.string())


def _about(path: Path) -> TraceDocument:
    try:
        about = TraceDocument.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise WrongInputError(f"cannot read {path}: {error}") from error
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
        raise WrongInputError(f"{path}: {told}") from error
    if about.history_days >= about.days:
        raise WrongInputError(f"{path}: history_days ({about.history_days}) leaves none of the {about.days} days")
    return about


def _batches(path: Path, columns: Sequence[str]) -> Iterator[Any]:
    try:
        with pq.ParquetFile(path) as file:
            missing = [name for name in columns if name not in file.schema_arrow.names]
            if missing:
                raise WrongInputError(f"{path}: column {', '.join(missing)} is missing")
            yield from file.iter_batches(batch_size=BATCH_ROWS, columns=list(columns))
    except (OSError, pa.ArrowException) as error:
        raise WrongInputError(f"cannot read {path}: {error}") from error


def _numbers(path: Path, batch: Any, name: str, kind: Any, *, null: int | None = None) -> Any:  # noqa: ANN401 # pyarrow ships no types
    column = batch.column(name)
    if column.null_count and null is None:
        raise WrongInputError(f"{path}: {name} has {column.null_count} empty values")
    try:
        whole = pc.cast(column, pa.int64())
    except pa.ArrowException as error:
        raise WrongInputError(f"{path}: {name} is no whole number: {error}") from error
    values = pc.fill_null(whole, null).to_numpy(zero_copy_only=False) if null is not None else whole.to_numpy()
    return values.astype(kind)


def _objects(path: Path) -> ObjectTable:
    parts = []
    for batch in _batches(path, OBJECT_COLUMNS):
        numbers = {
            "size_bytes": _numbers(path, batch, "size_bytes", np.int64),
            "created": _numbers(path, batch, "created_day", np.int32),
            "deleted": _numbers(path, batch, "deleted_day", np.int32, null=NEVER),
            "expires": _numbers(path, batch, "expires_day", np.int32, null=NEVER),
        }
        parts.append((batch, numbers))
    if not parts:
        raise WrongInputError(f"{path}: there are no objects")
    columns = {name: np.concatenate([numbers[name] for _, numbers in parts]) for name in parts[0][1]}
    if columns["size_bytes"].min() < 0:
        raise WrongInputError(f"{path}: size_bytes is below 0")

    def labels(name: str) -> Labels:
        texts = pa.chunked_array([pc.cast(batch.column(name), pa.string()) for batch, _ in parts])
        encoded = pc.fill_null(texts, "").combine_chunks().dictionary_encode()
        return Labels(codes=encoded.indices.to_numpy().astype(np.int32), names=encoded.dictionary.to_pylist())

    ids = [name for batch, _ in parts for name in pc.cast(batch.column("object_id"), pa.string()).to_pylist()]
    return ObjectTable(
        ids=ids, prefix=labels("prefix"), extension=labels("extension"), owner=labels("owner"), **columns
    )


def _log(path: Path, ids: Any) -> tuple[Log, int]:  # noqa: ANN401 # pyarrow ships no types
    kinds = {"day": np.int32, "reads": np.int64, "bytes_read": np.int64, "writes": np.int64}
    parts: dict[str, list[Any]] = {name: [] for name in ("object", *kinds)}
    strangers = 0
    for batch in _batches(path, ACCESS_COLUMNS):
        found = pc.index_in(pc.cast(batch.column("object_id"), pa.string()), value_set=ids)
        known = pc.is_valid(found).to_numpy(zero_copy_only=False)
        strangers += int((~known).sum())
        parts["object"].append(pc.fill_null(found, 0).to_numpy(zero_copy_only=False)[known].astype(np.int32))
        for name, kind in kinds.items():
            values = _numbers(path, batch, name, kind)[known]
            if len(values) and name != "day" and values.min() < 0:
                raise WrongInputError(f"{path}: {name} is below 0")
            parts[name].append(values)
    joined: dict[str, Any] = {
        name: np.concatenate([np.empty(0, kinds.get(name, np.int32)), *part]) for name, part in parts.items()
    }
    return Log(**joined), strangers
