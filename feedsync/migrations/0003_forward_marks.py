from django.db import migrations, models

from feedsync.moments import UtcNow


class Migration(migrations.Migration):
    """What was applied here and is to be passed on."""

    dependencies = [("feedsync", "0002_known_files")]

    operations = [
        migrations.CreateModel(
            name="ForwardMark",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("feed", models.CharField(max_length=200)),
                ("key_hash", models.CharField(max_length=32)),
                ("version", models.BigIntegerField()),
                ("marked_at", models.BigIntegerField(default=0)),
                ("at", models.DateTimeField(db_default=UtcNow())),
            ],
            options={"verbose_name": "forward mark"},
        ),
    ]
