"""Class colours that people with any colour vision can tell apart.

The first eight are Okabe and Ito's palette (https://jfly.uni-koeln.de/color/) without black, the
others from Paul Tol's "bright" and "muted" schemes (https://sronpersonalpages.nl/~pault/).
"""

PALETTE = (
    "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7",
    "#ee6677", "#66ccee", "#228833", "#ccbb44", "#aa3377", "#4477aa", "#ddcc77",
    "#88ccee", "#44aa99", "#117733", "#999933", "#cc6677", "#882255", "#aa4499",
)  # fmt: skip


def color_of_index(index: int) -> str:
    """Return the colour that the class with this index starts with."""
    return PALETTE[index % len(PALETTE)]
