"""An evaluation has a version of its own; those there are were made on their run's version."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def take_over_versions(apps, schema_editor):
    runs = apps.get_model("training", "Run").objects.filter(pk=OuterRef("run_id"))
    evaluations = apps.get_model("training", "Evaluation").objects
    evaluations.update(version_id=Subquery(runs.values("version_id")[:1]))


def drop_other_versions(apps, schema_editor):
    """Going back: without a version, only evaluations on the run's own can be told apart."""
    evaluations = apps.get_model("training", "Evaluation").objects
    evaluations.exclude(version_id=models.F("run__version_id")).delete()


class Migration(migrations.Migration):
    dependencies = [("training", "0006_search")]

    operations = [
        migrations.AddField(
            model_name="evaluation",
            name="version",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="evaluations",
                to="training.version",
            ),
        ),
        migrations.RemoveConstraint(model_name="evaluation", name="evaluation_unique"),
        migrations.RunPython(take_over_versions, drop_other_versions),
        migrations.AlterField(
            model_name="evaluation",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="evaluations",
                to="training.version",
            ),
        ),
        migrations.AddConstraint(
            model_name="evaluation",
            constraint=models.UniqueConstraint(
                fields=("checkpoint", "version", "split"), name="evaluation_unique"
            ),
        ),
        migrations.AddField(
            model_name="evaluation",
            name="unknown_classes",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="evaluation",
            name="extra_classes",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="evaluation", name="speed", field=models.JSONField(null=True)
        ),
        migrations.AddField(
            model_name="evaluation",
            name="format",
            field=models.PositiveSmallIntegerField(default=1),
        ),
    ]
