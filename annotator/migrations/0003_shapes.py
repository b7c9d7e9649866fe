"""Classes split off by an attribute, and outlines simplified, as bulk changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotator", "0003_video")]

    operations = [
        migrations.AlterField(
            model_name="bulkchange",
            name="action",
            field=models.CharField(
                choices=[
                    ("set_split", "Set Split"),
                    ("set_status", "Set Status"),
                    ("set_assignee", "Set Assignee"),
                    ("share_out", "Share Out"),
                    ("review", "Review"),
                    ("delete", "Delete"),
                    ("set_ground_truth", "Set Ground Truth"),
                    ("set_split_pinned", "Set Split Pinned"),
                    ("change_class", "Change Class"),
                    ("add_tag", "Add Tag"),
                    ("remove_tag", "Remove Tag"),
                    ("split_again", "Split Again"),
                    ("merge_class", "Merge Class"),
                    ("delete_class", "Delete Class"),
                    ("restore_version", "Restore Version"),
                    ("repair_labels", "Repair Labels"),
                    ("repair", "Repair"),
                    ("gather", "Gather"),
                    ("split_class", "Split Class"),
                    ("simplify", "Simplify"),
                ],
                max_length=20,
            ),
        )
    ]
