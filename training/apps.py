from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = "Training"

    def ready(self) -> None:
        from annotator.kernel.followers import ANNOTATION_FOLLOWERS, FOLLOWERS
        from training.services import dataset_follower, verdicts
        from training.services.freezing import VERSION_FOLLOWERS
        from training.services.version_evaluation import evaluate_last_checkpoint

        FOLLOWERS.append(dataset_follower)
        ANNOTATION_FOLLOWERS.append(verdicts.follow_annotation)
        VERSION_FOLLOWERS.append(evaluate_last_checkpoint)
