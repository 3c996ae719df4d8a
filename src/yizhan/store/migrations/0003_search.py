"""The search index; what is held already is marked due, and the engine reads it."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

# The tokenizer splits at spaces only: `store.search.analyzer` has cut the words, and of these characters none is in one.
SQLITE = (
    "CREATE VIRTUAL TABLE store_search USING fts5(senders, recipients, subject, files, body,"
    " detail=column, columnsize=0, tokenize='ascii')",
    "CREATE TRIGGER store_search_gone AFTER DELETE ON store_searchtext"
    " BEGIN DELETE FROM store_search WHERE rowid = old.place; END",
    "INSERT INTO store_searchtext (message_id, place, due, files) SELECT id,"
    " (CAST(strftime('%s', internal_date) AS INTEGER) << 29) | (id & 536870911), 1, '[]' FROM store_message",
    "INSERT INTO store_search (rowid, senders) SELECT place, '' FROM store_searchtext",
)
POSTGRESQL = (
    "ALTER TABLE store_searchtext ADD COLUMN vector tsvector NOT NULL DEFAULT ''",
    "CREATE INDEX store_searchtext_vector ON store_searchtext USING gin (vector)",
    "INSERT INTO store_searchtext (message_id, place, due, files) SELECT id,"
    " (floor(extract(epoch FROM internal_date))::bigint << 29) | (id & 536870911), true, '[]'::jsonb FROM store_message",
)


def make_index(_: Any, schema_editor: Any) -> None:
    statements = POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE
    for statement in statements:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("store", "0002_spans_and_undo")]
    operations = [
        migrations.CreateModel(
            name="SearchText",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="searched",
                        serialize=False,
                        to="store.message",
                    ),
                ),
                ("place", models.BigIntegerField(unique=True)),
                ("due", models.BooleanField(default=False)),
                ("text", models.BinaryField(null=True)),
                ("files", models.JSONField(default=list)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("due", True)), fields=["-place"], name="store_searchtext_due")
                ],
            },
        ),
        migrations.RunPython(make_index, migrations.RunPython.noop),
    ]
