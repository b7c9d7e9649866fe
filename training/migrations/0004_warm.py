"""The hash of an exported model, so that a warm engine loads only the very file."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("training", "0003_inference")]

    operations = [
        migrations.AddField(
            model_name="export",
            name="file_sha256",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
    ]
