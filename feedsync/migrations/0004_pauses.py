from django.db import migrations, models


class Migration(migrations.Migration):
    """Feeds that go back and forth are paused."""

    dependencies = [("feedsync", "0003_forward_marks")]

    operations = [
        migrations.CreateModel(
            name="Alternation",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("feed", models.CharField(max_length=200)),
                ("key_hash", models.CharField(max_length=32)),
                ("version", models.BigIntegerField()),
                ("number", models.IntegerField()),
            ],
            options={
                "verbose_name": "alternation",
                "constraints": [
                    models.UniqueConstraint(fields=("feed", "key_hash"), name="feedsync_alternation_object")
                ],
            },
        ),
        migrations.AddField("feedstate", "paused_since", models.DateTimeField(null=True, verbose_name="paused")),
        migrations.AddField(
            "feedstate",
            "paused_because",
            models.CharField(blank=True, db_default="", default="", max_length=300, verbose_name="because"),
        ),
    ]
