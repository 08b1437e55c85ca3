from django.db import migrations, models


class Migration(migrations.Migration):
    """A change may wait for a file."""

    dependencies = [("feedsync_consumers", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="parkedchange",
            name="reason",
            field=models.CharField(
                choices=[
                    ("missing", "an object that it refers to is not here yet"),
                    ("conflict", "a unique value is taken by another object"),
                    ("protected", "something that is alive depends on it"),
                    ("clock", "it comes from the future"),
                    ("wire", "it needs a newer feedsync or newer models here"),
                    ("file", "a file of it is not here yet"),
                ],
                max_length=10,
            ),
        ),
    ]
