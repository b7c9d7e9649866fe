"""Ultralytics' own validation, as JSON, for comparison. Run as a module, in its own process."""

import json
import sys
from pathlib import Path


def main(checkpoint: str, data_yaml: str, config_dir: str, out: str) -> None:
    from training.engine.host.environment import prepare_environment

    prepare_environment(config_dir=config_dir, device="cpu")
    from ultralytics import YOLO

    def validate(**changes: object) -> object:
        return YOLO(checkpoint).val(
            data=data_yaml,
            imgsz=96,
            batch=16,
            device="cpu",
            plots=True,
            save_dir=str(Path(out).with_suffix("")),
            **changes,
        )

    metrics: object = validate()
    result: dict[str, object] = {}
    for basis, figures in (("box", metrics.box), ("mask", metrics.seg)):  # type: ignore[attr-defined]
        result[basis] = {
            "mean": [figures.mp, figures.mr, figures.map50, figures.map],
            "class_index": figures.ap_class_index.tolist(),
            "precision": figures.p.tolist(),
            "recall": figures.r.tolist(),
            "all_ap": figures.all_ap.tolist(),
            "x": figures.px.tolist(),
            "curves": {
                "precision": figures.p_curve.tolist(),
                "recall": figures.r_curve.tolist(),
                "f1": figures.f1_curve.tolist(),
                "pr": figures.prec_values.tolist(),
            },
        }
    result["confusion_0.001"] = metrics.confusion_matrix.matrix.tolist()  # type: ignore[attr-defined]
    stricter: object = validate(conf=0.25)
    result["confusion_0.25"] = stricter.confusion_matrix.matrix.tolist()  # type: ignore[attr-defined]
    Path(out).write_text(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
