from django.db import migrations, models


class Migration(migrations.Migration):
    """What a source says of whom it hears and whose changes it passes on."""

    dependencies = [("feedsync_consumers", "0004_mirror")]

    operations = [
        migrations.AddField("datasource", "forwards", models.JSONField(editable=False, null=True)),
        migrations.AddField("datasource", "hears", models.JSONField(editable=False, null=True)),
        migrations.AddField("datasource", "asked_at", models.DateTimeField(editable=False, null=True)),
        migrations.AlterField(
            "parkedchange",
            "reason",
            models.CharField(
                choices=[
                    ("missing", "an object that it refers to is not here yet"),
                    ("conflict", "a unique value is taken by another object"),
                    ("protected", "something that is alive depends on it"),
                    ("clock", "it comes from the future"),
                    ("wire", "it needs a newer feedsync or newer models here"),
                    ("file", "a file of it is not here yet"),
                    ("forwarded", "its source has not said that it forwards"),
                ],
                max_length=10,
            ),
        ),
    ]
