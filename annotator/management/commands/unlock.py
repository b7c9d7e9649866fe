"""`manage.py unlock [NAME]`: let somebody try their password again at once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from annotator.kernel.accounts.guesses import forget_guesses


class Command(BaseCommand):
    help = "Forget the wrong passwords that came for a name; without a name, all of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="Whose wrong passwords to forget.")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        dropped = forget_guesses(name)
        whose = name or "everybody"
        if dropped:
            self.stdout.write(f"The wrong passwords of {whose} are forgotten.")
        else:
            self.stdout.write(f"No wrong passwords of {whose} are counted.")
