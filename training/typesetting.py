"""A Typst template and its data in, a PDF out; in a process of its own, imports no Django::

    python -m training.typesetting TEMPLATE < data.json > report.pdf

Typst keeps what it has compiled, which would grow in a server, and a report's size depends on the
data: so it is a child, with a limit on its memory (the caller sets the one on its time). The data
reaches the template as values, so a name is never markup.
"""

import resource
import sys
from importlib.util import find_spec
from pathlib import Path

import typst

MOST_MEMORY_BYTES = 1 << 30


def typeset(template: Path, data: str) -> bytes:
    """Return the PDF. Raises TypstError where the template does not fit the data.

    Letters that Typst's own typefaces lack come from matplotlib's DejaVu Sans, then from the fonts
    of the machine; what none of them has is a box.
    """
    return typst.compile(
        template,
        root=template.parent,
        font_paths=[_matplotlib_fonts()],
        sys_inputs={"report": data},
    )


def _matplotlib_fonts() -> Path:
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("matplotlib is not installed")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY_BYTES, hard))
    data = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(typeset(Path(sys.argv[1]), data))


if __name__ == "__main__":
    main()
