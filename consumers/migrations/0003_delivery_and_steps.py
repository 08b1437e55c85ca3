"""Where a source's changes come in, and how often a pull was handed on.

With defaults in the database, so that processes of the release before can go on writing rows during a deployment.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feedsync_consumers", "0002_parked_for_a_file")]

    operations = [
        migrations.AddField(
            model_name="datapull",
            name="step",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="datasource",
            name="delivery",
            field=models.CharField(
                choices=[
                    ("stream", "feedsync_consume fetches the changes"),
                    ("push", "Pub/Sub sends the changes to feedsync/push/"),
                ],
                db_default="stream",
                default="stream",
                help_text="Run feedsync_setup after changing this.",
                max_length=10,
                verbose_name="delivery",
            ),
        ),
    ]
