"""What a process does to its disk, its database and Redis, one effect after another.

``watch`` puts itself between Python and the system: nothing in the program has to name its steps,
and so none can be forgotten.
"""

import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import redis
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from redis.client import Pipeline


class Effect(NamedTuple):
    """``kind``: write, fsync, replace, unlink, sql, commit, redis. ``what``: the target's path
    under the data root, the statement, the command. ``source``: of a replace."""

    kind: str
    what: str
    source: str = ""

    @property
    def step(self) -> str:
        """The effect without the names of one image: the step of a save that it is."""
        if self.kind == "sql":
            return f"sql {_statement(self.what)}"
        return f"{self.kind} {_folder(self.what)}".strip()


def _statement(sql: str) -> str:
    verb = sql.split(None, 1)[0].upper()
    table = re.search(r'(?:FROM|INTO|UPDATE)\s+"?(\w+)"?', sql, re.IGNORECASE)
    return f"{verb} {table[1]}" if table else verb


def _folder(path: str) -> str:
    """``datasets/pond/labels/train/a.txt`` as ``labels/train``; a folder ends in a slash."""
    parts = Path(path).parts
    if parts[:1] != ("datasets",):
        return parts[0] if parts else ""
    inside = parts[2:] if (Path(settings.DATA_ROOT) / path).is_dir() else parts[2:-1]
    return "/".join(inside) + ("/" if len(inside) == len(parts[2:]) else "")


@contextmanager
def watch(before: Callable[[Effect], None]) -> Iterator[None]:
    """Call ``before`` with each effect of this process just before it takes place."""
    root = str(settings.DATA_ROOT)

    def tell(kind: str, path: object = "", source: object = "") -> None:
        name = os.fspath(path) if isinstance(path, str | os.PathLike) else str(path)
        if not name.startswith(root) or "/cache/" in name:
            return
        before(Effect(kind, _inside(name), _inside(os.fspath(source)) if source else ""))  # type: ignore[call-overload]

    def _inside(name: str) -> str:
        return os.path.relpath(name, root)

    real_fsync, real_replace, real_rename = os.fsync, os.replace, os.rename
    real_unlink, real_open = os.unlink, io.open
    real_execute, real_commit = CursorWrapper.execute, BaseDatabaseWrapper._commit  # type: ignore[attr-defined]
    real_many = CursorWrapper.executemany
    real_command, real_pipeline = redis.Redis.execute_command, Pipeline.execute

    def fsync(descriptor: int) -> None:
        tell("fsync", Path(f"/proc/self/fd/{descriptor}").readlink())
        real_fsync(descriptor)

    def replace(source: Any, target: Any, **values: Any) -> None:
        tell("replace", target, source)
        real_replace(source, target, **values)

    def rename(source: Any, target: Any, **values: Any) -> None:
        tell("replace", target, source)
        real_rename(source, target, **values)

    def unlink(path: Any, **values: Any) -> None:
        if Path(path).exists():
            tell("unlink", path)
        real_unlink(path, **values)

    def open_file(file: Any, mode: str = "r", *args: Any, **values: Any) -> Any:
        if "w" in mode and not isinstance(file, int):
            tell("write", file)
        return real_open(file, mode, *args, **values)

    def execute(cursor: Any, sql: Any, params: Any = None) -> Any:
        before(Effect("sql", str(sql)))
        return real_execute(cursor, sql, params)

    def execute_many(cursor: Any, sql: Any, params: Any) -> Any:
        before(Effect("sql", str(sql)))
        return real_many(cursor, sql, params)

    def commit(database: Any) -> Any:
        if database.connection is not None:
            before(Effect("commit", ""))
        return real_commit(database)

    def command(client: Any, *args: Any, **options: Any) -> Any:
        before(Effect("redis", str(args[0])))
        return real_command(client, *args, **options)  # type: ignore[no-untyped-call]

    def pipeline(client: Any, *args: Any, **options: Any) -> Any:
        before(Effect("redis", "EXECUTE"))
        return real_pipeline(client, *args, **options)

    with (
        mock.patch.object(Pipeline, "execute", pipeline),
        mock.patch.object(os, "fsync", fsync),
        mock.patch.object(os, "replace", replace),
        mock.patch.object(os, "rename", rename),
        mock.patch.object(os, "unlink", unlink),
        mock.patch.object(io, "open", open_file),
        mock.patch.object(CursorWrapper, "execute", execute),
        mock.patch.object(CursorWrapper, "executemany", execute_many),
        mock.patch.object(BaseDatabaseWrapper, "_commit", commit),
        mock.patch.object(redis.Redis, "execute_command", command),
    ):
        yield


def list_steps(effects: list[Effect]) -> list[str]:
    """The steps that ``effects`` are, each once, in the order in which they came first."""
    return list(dict.fromkeys(effect.step for effect in effects))


if sys.platform != "linux":  # /proc
    raise RuntimeError("effects are watched on Linux alone")
