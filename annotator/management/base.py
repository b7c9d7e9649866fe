"""What the commands for scripts have in common."""

import json
import sys
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.kernel.errors import ServiceError
from annotator.models import Dataset

WITH_LOSSES = 2


class JsonCommand(BaseCommand):
    """A command whose :meth:`run` returns an object; ``--json`` prints it as the last line.

    A rule that is broken ends with one sentence on stderr (with ``--json`` also as
    ``{"error": …}`` in the last line) and exit status 1; so does a wrong option, for which Python's
    own is 2. :meth:`run` sets ``exit_status`` to ``WITH_LOSSES`` where something was lost.
    """

    is_json = False
    exit_status = 0
    """Of the process, where the command did its work: 0, or what :meth:`run` makes it."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)

        def error(message: str) -> NoReturn:
            if not parser.called_from_command_line:
                raise CommandError(f"Error: {message}")
            if "--json" in sys.argv:
                self.stdout.write(json.dumps({"error": message}, ensure_ascii=False))
            parser.print_usage(sys.stderr)
            parser.exit(1, f"{parser.prog}: {message}\n")

        parser.error = error  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object as the last line"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.is_json = options["json"]
        try:
            result = self.run(**options)
        except (ServiceError, OSError, CommandError) as error:
            if self.is_json:
                self.stdout.write(json.dumps({"error": str(error)}, ensure_ascii=False))
            raise CommandError(str(error)) from error
        if self.is_json:
            self.stdout.write(json.dumps(result, ensure_ascii=False))

    def run_from_argv(self, argv: list[str]) -> None:
        super().run_from_argv(argv)
        if self.exit_status:
            sys.exit(self.exit_status)

    def run(self, **options: Any) -> dict[str, object]:
        raise NotImplementedError

    def say(self, sentence: str) -> None:
        """Tell a person; with ``--json`` that goes to stderr."""
        (self.stderr if self.is_json else self.stdout).write(sentence)


def find_dataset(name: str) -> Dataset | None:
    """The newest dataset of that name, or the one of that slug."""
    rows = Dataset.objects.filter(deleted_at__isnull=True)
    return rows.filter(slug=name).first() or rows.filter(name=name).order_by("-pk").first()
