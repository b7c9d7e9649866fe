"""The models that an engine has loaded: on first use, checked, evicted by memory and by age."""

import gc
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from .files import hash_model, size_of_model
from .wire import RequestOptions

_MB = 1 << 20
_BYTES_OF_FILE = 4
"""Weights on disk are half as precise as in memory, and a batch needs room beside them."""

_AT_LEAST_MB = 200


class RefusedModelError(Exception):
    """The file is not the one that was named, or not there; a sentence for a person."""


class MemoryShortError(Exception):
    """The model does not fit beside what else the host does; a sentence for a person."""


class Predicts(Protocol):
    """What :class:`WarmModel` does for the loop."""

    def is_batched(self) -> bool: ...
    def predict(
        self, pictures: list[Any], options: RequestOptions
    ) -> tuple[list[list[Any]], float, float]: ...
    def warm_up(self, options: RequestOptions) -> None: ...


@dataclass
class _Loaded:
    model: Predicts
    needs_mb: int
    used_at: float = field(default_factory=time.monotonic)


class WarmModels:
    """``free_mb`` says how much memory of the device is free now; models may take ``share`` of what
    is free and of what they have already."""

    def __init__(
        self,
        *,
        data_root: Path,
        load: Callable[[Path], Predicts],
        free_mb: Callable[[], int],
        idle_seconds: float,
        share: float = 0.6,
    ) -> None:
        self._data_root = data_root.resolve()
        self._load = load
        self._free_mb = free_mb
        self._idle_seconds = idle_seconds
        self._share = share
        self._loaded: dict[tuple[str, str], _Loaded] = {}

    @property
    def paths(self) -> list[str]:
        """Of the loaded models, the latest used last."""
        ordered = sorted(self._loaded.items(), key=lambda item: item[1].used_at)
        return [path for (path, _), _ in ordered]

    def get(self, path: str, sha256: str) -> tuple[Predicts, float]:
        """Return a model and the seconds that loading it took (0: it was warm).

        Raises RefusedModelError, MemoryShortError.
        """
        key = (path, sha256)
        found = self._loaded.get(key)
        if found is None:
            began = time.perf_counter()
            found = self._loaded[key] = self._load_checked(path, sha256)
            seconds = time.perf_counter() - began
        else:
            seconds = 0.0
        found.used_at = time.monotonic()
        return found.model, seconds

    def _load_checked(self, path: str, sha256: str) -> _Loaded:
        """A model file can hold code: only the very file that the server named is opened."""
        file = (self._data_root / path).resolve()
        if not file.is_relative_to(self._data_root) or not file.exists():
            raise RefusedModelError(f"The file {path} of the model is gone.")
        if hash_model(file) != sha256:
            raise RefusedModelError(f"The file {path} was changed since; it is not opened.")
        needs_mb = max(_AT_LEAST_MB, _BYTES_OF_FILE * size_of_model(file) // _MB)
        self._make_room(needs_mb)
        return _Loaded(self._load(file), needs_mb)

    def _make_room(self, needs_mb: int) -> None:
        while (free := self._free_mb()) * self._share < needs_mb:
            if not self._loaded:
                raise MemoryShortError(
                    f"Too little memory is free for the model: {free} MB, and it needs about "
                    f"{round(needs_mb / self._share)} MB. Try again later."
                )
            self._forget_oldest()

    def forget_unused(self) -> None:
        """Unload what nobody asked for in a while."""
        limit = time.monotonic() - self._idle_seconds
        while self._loaded and min(item.used_at for item in self._loaded.values()) < limit:
            self._forget_oldest()

    def forget_others(self, path: str, sha256: str) -> bool:
        """Unload everything but one model; whether that was anything."""
        others = [key for key in self._loaded if key != (path, sha256)]
        for key in others:
            del self._loaded[key]
        release_memory()
        return bool(others)

    def _forget_oldest(self) -> None:
        key = min(self._loaded, key=lambda item: self._loaded[item].used_at)
        del self._loaded[key]
        release_memory()


def release_memory() -> None:
    """Give back what unloaded models had."""
    gc.collect()
    torch = sys.modules.get("torch")  # not there, nothing to give back
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
