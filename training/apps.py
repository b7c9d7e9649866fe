from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = "Training"

    def ready(self) -> None:
        from annotator.bulk.actions import OTHER_ACTIONS
        from annotator.exports.material import VERSION_READERS
        from annotator.imports.sources import OTHER_SOURCES, OtherSource
        from annotator.kernel.followers import (
            ANNOTATION_FOLLOWERS,
            CLASS_FOLLOWERS,
            FOLLOWERS,
            PIXEL_KEEPERS,
        )
        from annotator.kernel.health import WORKER_EXPLANATIONS
        from training import dataset_follower
        from training.checkpoints import exporting, run_importing  # noqa: F401 - kinds of EngineJob
        from training.evaluations.evaluating import EVALUATION_FOLLOWERS
        from training.evaluations.version_evaluation import evaluate_last_checkpoint
        from training.findings.pins import judge_anew
        from training.findings.verdicts import follow_annotation
        from training.jobs.device_holds import DEVICE_FOLLOWERS
        from training.jobs.engine_setup import describe_setup
        from training.predictions import predicting  # noqa: F401
        from training.predictions.results import taking
        from training.predictions.video import predicting as video  # noqa: F401
        from training.runs import checking, training  # noqa: F401
        from training.runs.training_attempt import EPOCH_FOLLOWERS
        from training.searches.following import follow_epoch
        from training.serving.keeping import follow_devices
        from training.synthetic import batches, previews  # noqa: F401 - a kind of EngineJob
        from training.versions import losses  # noqa: F401 - a kind of EngineJob
        from training.versions.freezing import VERSION_FOLLOWERS
        from training.versions.outgoing import read_version
        from training.versions.repairing import REPAIR
        from training.versions.restoring import RESTORE
        from training.weights import looking_into  # noqa: F401 - a kind of EngineJob

        WORKER_EXPLANATIONS["gpu"] = describe_setup
        OTHER_ACTIONS["restore_version"] = RESTORE
        OTHER_ACTIONS["repair_labels"] = REPAIR
        OTHER_SOURCES[taking.PREFIX] = OtherSource(
            taking.open_prediction, taking.is_there, taking.note_taken
        )
        DEVICE_FOLLOWERS.append(follow_devices)
        VERSION_READERS.append(read_version)
        FOLLOWERS.append(dataset_follower)
        PIXEL_KEEPERS.append(dataset_follower.find_frozen)
        CLASS_FOLLOWERS.append(dataset_follower.count_holders)
        ANNOTATION_FOLLOWERS.append(follow_annotation)
        VERSION_FOLLOWERS.append(evaluate_last_checkpoint)
        EVALUATION_FOLLOWERS.append(judge_anew)
        EPOCH_FOLLOWERS.append(follow_epoch)
