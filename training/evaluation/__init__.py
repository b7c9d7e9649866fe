"""What a model got right and wrong, in pure numpy: no torch, no Django.

The engine writes an evaluation folder (``files.store.EvaluationWriter``); everything here reads
it. The web process calls ``files.reading``, one function per endpoint; each takes the folder first
and answers plain dictionaries:

    from training.evaluation.files import reading

    reading.is_complete(folder) -> bool
    reading.list_keys(folder) -> dict[str, str]      # key → file name: live images in one query

    # GET /api/evaluations/{id}/, less the database's own fields
    reading.read_summary(folder) -> Summary

    # …/curves/, 201 points a curve
    reading.read_curves(folder) -> Curves

    # for the report
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

    # …/suspects/, and of several: compare/images/
    label_errors.list_suspects(folder, others) -> SuspectPage
    comparison.compare_images(folders, other=1) -> ComparedImages

The parts:
    matching, sizes, thresholds, class_names   which prediction found which label; the numbers that
                                               decide what belongs where; classes joined by name
    scores/     statistics of every object as arrays; AP, curves, COCO's AP, confusion, calibration,
                TIDE's error types; ``operating``: the one place that computes precision, recall, F1
    files/      the evaluation folder: ``store`` writes it, ``loading`` holds it in memory,
                ``reading`` answers for the web; ``columns`` for sliders, ``shapes`` for galleries
    objects/    labels that are likely wrong, or that no model found; objects that flipped
    comparing/  which images and objects differ between evaluations, and whether by chance
"""
