import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Country",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=2, unique=True)),
                ("name", models.CharField(max_length=100)),
                ("area_km2", models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
            ],
            options={
                "verbose_name_plural": "countries",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Language",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=3, unique=True)),
                ("name", models.CharField(max_length=200)),
            ],
            options={
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(unique=True)),
                ("label", models.CharField(max_length=100)),
            ],
            options={
                "ordering": ["slug"],
            },
        ),
        migrations.CreateModel(
            name="City",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("geoname", models.PositiveIntegerField(unique=True)),
                ("name", models.CharField(max_length=200)),
                ("population", models.PositiveIntegerField()),
                ("latitude", models.DecimalField(decimal_places=5, max_digits=8)),
                ("longitude", models.DecimalField(decimal_places=5, max_digits=8)),
                ("time_zone", models.CharField(max_length=50)),
                ("updated", models.DateTimeField(auto_now=True)),
                (
                    "note",
                    models.CharField(blank=True, default="", help_text="stays in this environment", max_length=200),
                ),
                (
                    "country",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="cities", to="atlas.country"
                    ),
                ),
                ("tags", models.ManyToManyField(blank=True, related_name="cities", to="atlas.tag")),
            ],
            options={
                "verbose_name_plural": "cities",
                "ordering": ["-population", "geoname"],
            },
        ),
        migrations.CreateModel(
            name="Capital",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "city",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="atlas.city"),
                ),
                (
                    "country",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="capital", to="atlas.country"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Locale",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, unique=True)),
                (
                    "language",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="locales", to="atlas.language"
                    ),
                ),
            ],
            options={
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="AlternateName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=400)),
                (
                    "city",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="alternate_names", to="atlas.city"
                    ),
                ),
            ],
            options={
                "ordering": ["city", "name"],
                "constraints": [
                    models.UniqueConstraint(fields=("city", "name"), name="one_alternate_name_a_city_and_name")
                ],
            },
        ),
        migrations.CreateModel(
            name="Subdivision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=10)),
                ("name", models.CharField(max_length=200)),
                ("kind", models.CharField(max_length=100)),
                (
                    "country",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="subdivisions", to="atlas.country"
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="parts",
                        to="atlas.subdivision",
                    ),
                ),
            ],
            options={
                "ordering": ["country__code", "code"],
                "constraints": [
                    models.UniqueConstraint(fields=("country", "code"), name="one_subdivision_a_country_and_code")
                ],
            },
        ),
        migrations.CreateModel(
            name="TerritoryName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("territory", models.CharField(max_length=10)),
                ("name", models.CharField(max_length=200)),
                ("updated", models.DateTimeField(auto_now=True)),
                (
                    "locale",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="territory_names", to="atlas.locale"
                    ),
                ),
            ],
            options={
                "ordering": ["locale__code", "territory"],
                "constraints": [
                    models.UniqueConstraint(fields=("locale", "territory"), name="one_name_a_locale_and_territory")
                ],
            },
        ),
    ]
