"""Models that answer at once: asking warm engines, keeping them, names that point at models."""
