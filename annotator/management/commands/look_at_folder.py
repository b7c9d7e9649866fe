"""``manage.py look_at_folder NAME``: what other programs changed in a dataset's folder."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotator.folder.outside import folders
from annotator.management.base import WITH_LOSSES, JsonCommand, find_dataset
from annotator.models import Dataset, FolderAction, FolderJob, JobState

MOST_TOLD = 20


class Command(JsonCommand):
    help = (
        "Look at the folder of a dataset for what other programs added, changed, moved or removed. "
        "Exit status: 0 nothing waits, 2 changes wait or were left, 1 the folder could not be "
        "looked at."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", help="the dataset's name, or the one of its folder")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--take", action="store_true", help="take in what the look finds")
        what.add_argument("--put-back", action="store_true", help="put back what the look finds")

    def run(self, **options: Any) -> dict[str, object]:
        dataset = find_dataset(options["name"])
        if dataset is None:
            raise CommandError(f"There is no dataset “{options['name']}”.")
        _work_off(dataset, FolderAction.LOOK)
        counts = folders.count_changes(dataset)
        found = sum(row["count"] for row in counts)
        self.say(f"{found} changes in the folder of “{dataset.name}”.")
        settled = left = 0
        if options["take"] or options["put_back"]:
            action = FolderAction.TAKE if options["take"] else FolderAction.PUT_BACK
            job = _work_off(dataset, action)
            settled, left = job.settled, job.left
            verb = "taken in" if options["take"] else "put back"
            self.say(f"{settled} {verb}, {left} left.")
        self._tell(dataset)
        waiting = folders.count_waiting(dataset)
        self.exit_status = WITH_LOSSES if waiting else 0
        return {
            "dataset": dataset.slug,
            "found": counts,
            "settled": settled,
            "left": left,
            "waiting": waiting,
            "trouble": folders.folder_of(dataset).trouble,
        }

    def _tell(self, dataset: Dataset) -> None:
        for row in folders.list_changes(dataset, state="waiting")[:MOST_TOLD]:
            self.say(
                f"  {row.subject} {row.kind}: {row.path}{f': {row.reason}' * bool(row.reason)}"
            )
            for problem in row.problems[:MOST_TOLD]:
                line = f", line {problem['line']}" if problem["line"] else ""
                self.say(f"    {problem['outcome']}{line}: {problem['reason']}")


def _work_off(dataset: Dataset, action: FolderAction) -> FolderJob:
    job = folders.run_folder_job(folders.create_job(dataset, action, {}, by=None).pk)
    if job is None:
        raise CommandError("Another look at this folder is at work: try again when it has ended.")
    if job.state != JobState.FINISHED:
        raise CommandError(job.error or f"It was {job.state}.")
    return job
