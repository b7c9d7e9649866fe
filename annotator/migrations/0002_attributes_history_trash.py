import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone


def tell_of_old_revisions(apps, schema_editor):
    """Count what revisions so far added and changed, and keep what they deleted lately.

    They did not keep the order: where the instances stand in another than they came in, the
    newest revision gets it.
    """
    Image = apps.get_model("annotator", "Image")
    for image in Image.objects.filter(revision__gt=0).only("pk").iterator():
        tell_of_image(apps, image)


def tell_of_image(apps, image):
    Revision = apps.get_model("annotator", "AnnotationRevision")
    Instance = apps.get_model("annotator", "Instance")
    Deleted = apps.get_model("annotator", "DeletedInstance")
    since = timezone.now() - datetime.timedelta(days=settings.TRASH_DAYS)
    there, gone, newest = {}, {}, None
    for newest in Revision.objects.filter(image_id=image.pk).order_by("number").iterator():
        for pk in newest.deleted:
            gone[pk] = (there.pop(pk, None), newest)
        added = {item["id"] for item in newest.put} - set(there)
        there |= {item["id"]: item for item in newest.put}
        Revision.objects.filter(pk=newest.pk).update(
            added=len(added), changed=len(newest.put) - len(added)
        )
    stored = Instance.objects.filter(image_id=image.pk).order_by("order", "id")
    order = [str(pk) for pk in stored.values_list("pk", flat=True)]
    if newest is not None and order != list(there):
        Revision.objects.filter(pk=newest.pk).update(order=order)
    for pk, (item, revision) in gone.items():
        if item is None or revision.created_at < since:
            continue
        if Instance.objects.filter(pk=pk).exists():
            continue
        made, _ = Deleted.objects.update_or_create(
            instance_id=pk,
            defaults={
                "image_id": image.pk,
                "class_id": item["class_id"],
                "data": {**item, "occluded": False, "truncated": False, "note": ""},
                "revision": revision.number,
                "deleted_by_id": revision.author_id,
            },
        )
        Deleted.objects.filter(pk=made.pk).update(deleted_at=revision.created_at)


def tell_former_slugs(apps, schema_editor):
    Dataset = apps.get_model("annotator", "Dataset")
    for dataset in Dataset.objects.filter(deleted_at__isnull=False):
        dataset.former_slug = dataset.slug.removesuffix(f"-deleted-{dataset.pk}")
        dataset.save(update_fields=["former_slug"])


class Migration(migrations.Migration):

    dependencies = [
        ('annotator', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DeletedInstance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('instance_id', models.UUIDField(unique=True)),
                ('class_id', models.BigIntegerField()),
                ('data', models.JSONField()),
                ('outline', models.JSONField(default=list)),
                ('revision', models.PositiveIntegerField()),
                ('deleted_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='image',
            name='image_stem_unique',
        ),
        migrations.RemoveIndex(
            model_name='image',
            name='image_counts',
        ),
        migrations.RemoveIndex(
            model_name='image',
            name='image_status_stem',
        ),
        migrations.RemoveIndex(
            model_name='image',
            name='image_split_stem',
        ),
        migrations.AddField(
            model_name='annotationrevision',
            name='added',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='annotationrevision',
            name='changed',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='annotationrevision',
            name='order',
            field=models.JSONField(default=None, null=True),
        ),
        migrations.AddField(
            model_name='dataset',
            name='deleted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='dataset',
            name='files_slug',
            field=models.CharField(blank=True, default='', max_length=80),
        ),
        migrations.AddField(
            model_name='dataset',
            name='former_slug',
            field=models.CharField(blank=True, default='', max_length=80),
        ),
        migrations.AddField(
            model_name='dataset',
            name='is_purging',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='image',
            name='deleted_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='image',
            name='deleted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='instance',
            name='note',
            field=models.CharField(blank=True, default='', max_length=500),
        ),
        migrations.AddField(
            model_name='instance',
            name='occluded',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='instance',
            name='truncated',
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(fields=['dataset', 'stem', 'deleted_at'], name='image_stem'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(fields=['dataset', 'status', 'stem', 'deleted_at'], name='image_status_stem'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(fields=['dataset', 'split', 'stem', 'deleted_at'], name='image_split_stem'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(fields=['dataset', 'status', 'split', 'instance_count', 'deleted_at'], name='image_counts'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('deleted_at__isnull', False)), fields=['dataset', '-deleted_at'], name='image_trashed'),
        ),
        migrations.AddConstraint(
            model_name='image',
            constraint=models.UniqueConstraint(condition=models.Q(('deleted_at__isnull', True)), fields=('dataset', 'stem'), name='image_stem_unique'),
        ),
        migrations.AddField(
            model_name='deletedinstance',
            name='deleted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='deletedinstance',
            name='image',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deleted_instances', to='annotator.image'),
        ),
        migrations.AddIndex(
            model_name='deletedinstance',
            index=models.Index(fields=['deleted_at'], name='deleted_instance_at'),
        ),
        migrations.RunPython(tell_of_old_revisions, migrations.RunPython.noop),
        migrations.RunPython(tell_former_slugs, migrations.RunPython.noop),
    ]
