"""The numbers at which something is kept, or not; printed beside the figures that they decide."""

CONFIDENCE_FLOOR = 0.05
"""Predictions below it count in the figures but cannot be shown."""

LOWEST_CONFIDENCE = 0.001
"""Ultralytics' validation leaves out predictions below it."""

BOUNDARY_RATIO = 0.02
"""The width of a boundary, as a share of the picture's diagonal (Cheng et al. 2021)."""
