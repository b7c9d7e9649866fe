"""Counts of a dataset, kept by the database's triggers in the transaction of what changes them."""
