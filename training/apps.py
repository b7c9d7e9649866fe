from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = "Training"

    def ready(self) -> None:
        from annotator.services.followers import ANNOTATION_FOLLOWERS, FOLLOWERS
        from training.services import dataset_follower, verdicts

        FOLLOWERS.append(dataset_follower)
        ANNOTATION_FOLLOWERS.append(verdicts.follow_annotation)
