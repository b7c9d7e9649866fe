"""Weights that no run of this server left: uploaded, laid into the folder of weights, fetched."""
