"""The room of the tests of predictions: a dataset, and an engine that does as it is told."""

from ..predictions.conftest import room

__all__ = ["room"]
