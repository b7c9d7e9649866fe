"""What an import decides about each image of a batch: whether it comes in, and under which name."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from annotator.folder.intake import StagedImage
from annotator.labels.formats.base import FoundImage
from annotator.labels.stems import unique_stem
from annotator.models import Dataset, Image, Import

from .counting import Counts, Finding
from .options import ImportOptions
from .present import Shape, are_same, find_present, read_shapes, shapes_of
from .reading import Labels, name_of, names_with_folders


class Candidate(NamedTuple):
    """An image of a batch, and what is to be told of it if it comes in.

    ``staged``: None where the source has its labels alone.
    """

    file: str
    found: FoundImage
    staged: StagedImage | None
    labels: Labels
    repairs: list[Finding]
    """Of the image itself."""


class Update(NamedTuple):
    """The labels of a candidate change an image that is here already."""

    candidate: Candidate
    image: Image
    rule: str
    has_same_pixels: bool


@dataclass(slots=True)
class Admission:
    """Which images of a batch come in, which change others, and what the report says."""

    taken: list[StagedImage] = field(default_factory=list)
    refused: list[StagedImage] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)


def admit(job: Import, options: ImportOptions, candidates: Sequence[Candidate]) -> Admission:
    """Decide about each candidate; the caller holds the intake lock.

    Two images of one name in the source both come in: the second is called by its folder too. An
    image that was here before, by its hash or its name, is treated as ``options`` say, and the same
    image twice in one source comes in once.
    """
    return _Admitting(job, options, candidates).admit()


class _Admitting:
    def __init__(
        self, job: Import, options: ImportOptions, candidates: Sequence[Candidate]
    ) -> None:
        self.job, self.options, self.candidates = job, options, candidates
        self.by_sha, self.by_name = find_present(
            job.dataset,
            hashes=[item.staged.image.upload_sha256 for item in candidates if item.staged],
            names=[
                item.staged.image.stem if item.staged else name_of(item.found)
                for item in candidates
            ],
        )
        self.in_batch: dict[str, StagedImage] = {}
        self.made = Admission()

    def admit(self) -> Admission:
        for candidate in self.candidates:
            if candidate.staged is None:
                self._admit_labels(candidate)
            else:
                self._admit_image(candidate, candidate.staged)
        return self.made

    def _admit_labels(self, candidate: Candidate) -> None:
        name = name_of(candidate.found)
        image = self.by_name.get(name)
        if image is None:
            reason = f"There is no image “{name}” here, and the source has only its labels."
            self._refuse(candidate, reason)
        elif self.options.conflict_rule(has_image=False) == "skip":
            there = f"“{image.file_name}” is here already, in {image.split}"
            self._refuse(candidate, f"{there}{self._compare(candidate, image)}.")
        else:
            self._update(candidate, image, has_same_pixels=True)

    def _admit_image(self, candidate: Candidate, staged: StagedImage) -> None:
        new = staged.image
        same, named = self.by_sha.get(new.upload_sha256), self.by_name.get(new.stem)
        rule = self.options.conflict_rule(has_image=True)
        if same is not None:
            if rule == "both":
                self._take_renamed(
                    candidate, staged, f"The same image as “{same.file_name}”, kept beside it"
                )
            elif rule == "skip" or self._is_of_this_import(same):
                there = f"The same image as “{same.file_name}”, which is in {same.split} already"
                self._refuse(candidate, f"{there}{self._compare(candidate, same)}.")
            else:
                self._update(candidate, same, has_same_pixels=True)
        elif named is None:
            self._take(candidate, staged)
        elif rule == "both" or self._is_of_this_import(named):
            self._take_renamed(candidate, staged, "Two images have this name")
        elif rule == "skip":
            there = f"There is another image named “{named.stem}” already, in {named.split}"
            self._refuse(candidate, f"{there}{self._compare(candidate, named)}.")
        elif (named.width, named.height) != (new.width, new.height):
            self._refuse(
                candidate,
                f"There is another image named “{named.stem}” already, of {named.width} × "
                f"{named.height} pixels; this one has {new.width} × {new.height}, so its labels do "
                "not fit.",
            )
        else:
            self._update(candidate, named, has_same_pixels=False)

    def _is_of_this_import(self, image: Image) -> bool:
        return image.import_job_id == self.job.pk

    def _take(
        self, candidate: Candidate, staged: StagedImage, renamed: Finding | None = None
    ) -> None:
        self.by_sha.setdefault(staged.image.upload_sha256, staged.image)
        self.by_name[staged.image.stem] = staged.image
        self.in_batch[str(staged.image.pk)] = staged
        self.made.taken.append(staged)
        repairs = [*candidate.repairs, *([renamed] if renamed else [])]
        self.made.counts.add_image("repaired" if repairs else "taken")
        candidate.labels.count(self.made.counts)
        self.made.findings += [
            Finding("taken", candidate.file, None, ""),
            *repairs,
            *candidate.labels.findings,
        ]

    def _take_renamed(self, candidate: Candidate, staged: StagedImage, why: str) -> None:
        name = self._free_name(candidate.found, staged.image.stem)
        staged.image.stem = name
        reason = f"{why}; it is called “{name}” here."
        self._take(candidate, staged, Finding("repaired", candidate.file, None, reason))

    def _free_name(self, found: FoundImage, name: str) -> str:
        is_taken = _taken_in(self.job.dataset, self.by_name)
        for longer in self._names(found, name):
            if not is_taken(longer):
                return longer
        return unique_stem(name, is_taken=is_taken)

    @staticmethod
    def _names(found: FoundImage, name: str) -> Iterator[str]:
        yield name
        yield from names_with_folders(found)

    def _refuse(self, candidate: Candidate, reason: str) -> None:
        if candidate.staged is not None:
            self.made.refused.append(candidate.staged)
            self.made.counts.add_image("refused")
        self.made.counts.add_objects(refused=candidate.labels.source_count)
        self.made.findings.append(Finding("refused", candidate.file, None, reason))

    def _update(self, candidate: Candidate, image: Image, *, has_same_pixels: bool) -> None:
        if not candidate.labels.is_given:
            self._refuse(
                candidate,
                f"“{image.file_name}” is here already, and the source has no labels for it.",
            )
            return
        if candidate.staged is not None:
            self.made.refused.append(candidate.staged)  # its file: the image is here
        rule = self.options.conflict_rule(has_image=candidate.staged is not None)
        self.made.updates.append(Update(candidate, image, rule, has_same_pixels))

    def _compare(self, candidate: Candidate, image: Image) -> str:
        """How the source's labels differ from those of an image here: the end of a sentence."""
        labels = candidate.labels
        if not labels.is_given:
            return ""
        return compare_labels(labels, self._shapes_here(image, labels))

    def _shapes_here(self, image: Image, labels: Labels) -> list[Shape]:
        staged = self.in_batch.get(str(image.pk))
        if staged is None:
            return read_shapes(image, with_regions=labels.has_regions)
        return shapes_of(staged.instances)


def compare_labels(labels: Labels, here: Sequence[Shape]) -> str:
    """The end of a sentence: whether labels are the same as those of an image here."""
    count = labels.source_count
    words = f"its {count:,} label{'s' if count != 1 else ''}" if count else "its empty label"
    if not labels.refused and are_same(shapes_of(labels.objects), here):
        return f"; {words} {'say' if count > 1 else 'says'} the same"
    there = f"the {len(here):,} here" if here else "what is here (none)"
    verbs = ("differ", "were") if count > 1 else ("differs", "was")
    return f"; {words} {verbs[0]} from {there} and {verbs[1]} not taken"


def _taken_in(dataset: Dataset, by_name: dict[str, Image]) -> Callable[[str], bool]:
    return lambda name: name in by_name or dataset.images.filter(stem=name).exists()
