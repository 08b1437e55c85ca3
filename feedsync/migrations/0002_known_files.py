from django.db import migrations, models


class Migration(migrations.Migration):
    """What is known of the files that `file_fields` name."""

    dependencies = [("feedsync", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="KnownFile",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("place", models.CharField(max_length=250)),
                ("name", models.CharField(max_length=1000)),
                ("wire_name", models.CharField(max_length=1000)),
                ("size", models.BigIntegerField(default=0)),
                ("modified", models.CharField(blank=True, max_length=40)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("problem", models.TextField(blank=True)),
            ],
            options={
                "verbose_name": "known file",
                "indexes": [models.Index(fields=["place", "sha256"], name="feedsync_file_content")],
                "constraints": [models.UniqueConstraint(fields=("place", "name"), name="feedsync_file_name")],
            },
        ),
    ]
