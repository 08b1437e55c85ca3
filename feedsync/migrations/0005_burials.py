from django.db import migrations, models


class Migration(migrations.Migration):
    """The ledger remembers deletions of keys that other objects have by now."""

    dependencies = [("feedsync", "0004_pauses")]

    operations = [migrations.AddField("ledgerentry", "buried", models.BigIntegerField(default=0, db_default=0))]
