import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Arrays",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                (
                    "texts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(null=True), null=True, size=None
                    ),
                ),
                (
                    "moments",
                    django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), null=True, size=None),
                ),
                (
                    "matrix",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=django.contrib.postgres.fields.ArrayField(
                            base_field=models.DecimalField(decimal_places=6, max_digits=20), size=None
                        ),
                        null=True,
                        size=None,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Ranges",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                ("integers", django.contrib.postgres.fields.ranges.IntegerRangeField(null=True)),
                ("big_integers", django.contrib.postgres.fields.ranges.BigIntegerRangeField(null=True)),
                ("decimals", django.contrib.postgres.fields.ranges.DecimalRangeField(null=True)),
                ("moments", django.contrib.postgres.fields.ranges.DateTimeRangeField(null=True)),
                ("dates", django.contrib.postgres.fields.ranges.DateRangeField(null=True)),
            ],
        ),
    ]
