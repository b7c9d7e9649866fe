from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = "Training"

    def ready(self) -> None:
        from annotator.services.followers import FOLLOWERS
        from training.services import dataset_follower

        FOLLOWERS.append(dataset_follower)
