"""A warm engine: keeps models loaded and answers requests over Redis (docs/serving.md)."""
