"""What a model got right and wrong, in pure numpy: no torch, no Django.

The engine writes an evaluation folder (``store.EvaluationWriter``); everything here reads it. The
web process calls only ``reading``, one function per endpoint; each takes the folder first and
answers plain dictionaries:

    from training.evaluation import reading

    reading.is_complete(folder) -> bool
    reading.list_keys(folder) -> dict[str, str]      # key → file name: live images in one query

    # GET /api/evaluations/{id}/, less the database's own fields
    reading.read_summary(folder) -> Summary

    # …/curves/, 201 points a curve
    reading.read_curves(folder) -> Curves

    # …/confusion/
    reading.read_confusion(folder, confidence=0.25, iou=0.45, basis="box") -> Confusion

    # …/operating/: precision, recall, F1 and their counts at a confidence
    reading.read_operating(folder, confidence=0.369, iou=0.5, basis="mask") -> ChosenPoint

    # …/images/: {total, results}
    reading.list_images(folder, confidence=0.25, only="all", class_index=None,
                        ordering="worst", offset=0, limit=100) -> ImagePage

    # …/images/{key}/
    reading.read_image(folder, key, confidence=0.25) -> EvaluatedImage

``list_images`` and ``read_image`` both answer ``EvaluatedImage`` dictionaries with ``labels`` and
``predictions`` (each a ``Shape``); the web adds ``image``, ``image_url`` and ``thumbnail_url``.
``KeyError``: no such image. ``ValueError``: a threshold out of range, with a sentence. ``only`` is
one of all, missed, false, wrong_class, low_iou. ``offset`` and ``total`` make a cursor: the order
of a finished evaluation never changes.

    # …/columns/, for sliders: ``columns``; …/shapes/, for galleries: ``shapes``
    columns.read_columns(folder, evaluation=7, iou=0.5, basis="mask") -> bytes
    shapes.read_shapes(folder, keys) -> list[ImageShapes]

    # …/figures/: by size, class and IoU; COCO's; overlap, calibration, error types, speed
    reading.read_figures(folder) -> Figures

    # …/objects/, …/suspects/, and of several: compare/images/
    objects.list_objects(folder, ObjectFilter(...), confidence=0.25) -> ObjectPage
    label_errors.list_suspects(folder, others) -> SuspectPage
    comparison.compare_images(folders, other=1) -> ComparedImages

The parts:
    store              the files: statistics.npz, images.jsonl, curves.json, summary.json …
    statistics         what is known of every object, as arrays
    loading            an evaluation in memory, with the matches made so far
    class_names        classes of dataset and model, joined by name
    matching           which prediction found which label; outcomes; quality of an image
    average_precision  AP at IoU 0.50 … 0.95, precision and recall at the best F1
    curves             precision, recall and F1 against confidence; precision against recall
    operating          the one place that computes precision, recall and F1 at a confidence
    best_point         the confidence with the highest F1, and what is counted there
    confusion          confusion matrix at any confidence and IoU, on boxes or masks
    breakdown          the figures beyond the headline, from these:
    coco               COCO's average precision, also of one range of areas
    error_types        why predictions are wrong, after TIDE
    calibration        whether a confidence of 0.8 is right eight times of ten
    sizes, thresholds  the numbers that decide what belongs where
    reading            the answers for the web
    columns, shapes    everything for a slider; the polygons of some images
    objects            single objects: filtered, ordered
    comparison         which images got better or worse between evaluations
    label_errors       labels that are likely wrong; never_found: those that no model found
"""
