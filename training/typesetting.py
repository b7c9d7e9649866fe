"""A Typst template and its data in, a PDF out; in a process of its own, imports no Django::

    python -m training.typesetting TEMPLATE < data.json > report.pdf

Typst keeps what it has compiled, which would grow in a server, and a report's size depends on the
data: so it is a child, with a limit on its memory (the caller sets the one on its time). The data
reaches the template as values, so a name is never markup.
"""

import re
import resource
import sys
import tempfile
import unicodedata
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import typst

MOST_MEMORY_BYTES = 1 << 30

MISSING_LETTER = re.compile('the text `"(.+?)"` could not be displayed', re.DOTALL)
"""What Typst says of each letter that no typeface has, where a standard forbids such letters."""

ESCAPED = re.compile(r"\\u\{(\w+)\}")
"""How it writes those that are no letter by themselves."""


def typeset(template: Path, data: str) -> bytes:
    """Return the PDF, as PDF/A-2b where it can be. Raises TypstError where the data does not fit.

    Letters that Typst's own typefaces lack come from matplotlib's DejaVu Sans, then from the fonts
    of the machine. What none of them has is a box; PDF/A forbids boxes, so Typst tells which
    letters these are, and the report is set once more with a sentence that says so.
    """
    with tempfile.TemporaryDirectory() as fonts:
        for file in _matplotlib_fonts().glob("DejaVuSans*.ttf"):  # beside it is one of boxes
            (Path(fonts) / file.name).symlink_to(file)

        def compile_pdf(missing: str, standard: Literal["a-2b", "1.7"]) -> bytes:
            return typst.compile(
                template,
                root=template.parent,
                font_paths=[Path(fonts)],
                sys_inputs={"report": data, "missing": missing},
                pdf_standards=standard,
            )

        try:
            return compile_pdf("", "a-2b")
        except typst.TypstError as error:
            missing = MISSING_LETTER.findall(error.diagnostic)
        return compile_pdf(", ".join(_scripts(missing)), "1.7")


def _scripts(letters: list[str]) -> list[str]:
    """Return what the letters belong to, as Unicode calls it: "Hangul", "Thai"."""
    return sorted({_script(ESCAPED.sub(lambda code: chr(int(code[1], 16)), x)) for x in letters})


def _script(letter: str) -> str:
    if unicodedata.category(letter[0])[0] not in "LM":  # letters, and marks on them
        return "symbols"
    name = unicodedata.name(letter[0]).split()[0]
    return "Chinese" if name == "CJK" else name.capitalize()


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
