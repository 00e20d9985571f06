"""The audit becomes provable: macs, links, and a database that refuses to change what was written.

A later migration that makes SQLite rebuild one of these tables takes the triggers along and must put them back.
"""

import django.db.models.deletion
from django.db import migrations, models

from yuandian.records.audit_chain import Content, content_mac
from yuandian.records.audit_files import audit_keys

ENTRY, LINK, VALUE = "records_auditentry", "records_auditlink", "records_auditvalue"
SAYS = "audit rows are append-only"
SQLITE = [
    *(
        f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{SAYS}'); END"
        for table, verb in [(ENTRY, "UPDATE"), (ENTRY, "DELETE"), (LINK, "UPDATE"), (LINK, "DELETE"), (VALUE, "UPDATE")]
    ),
    # INSERT OR REPLACE removes the old row without asking the trigger above.
    *(
        f"CREATE TRIGGER {table}_insert BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) "
        f"BEGIN SELECT RAISE(ABORT, '{SAYS}'); END"
        for table, key in [(ENTRY, "id"), (LINK, "entry_id"), (VALUE, "entry_id")]
    ),
]
POSTGRESQL = [
    "CREATE FUNCTION records_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{SAYS}'; END $$",
    *(
        f"CREATE TRIGGER {table}_{name} BEFORE {verbs} ON {table} "
        f"FOR EACH {each} EXECUTE FUNCTION records_audit_append_only()"
        for table, name, verbs, each in [
            (ENTRY, "row", "UPDATE OR DELETE", "ROW"),
            (LINK, "row", "UPDATE OR DELETE", "ROW"),
            (VALUE, "row", "UPDATE", "ROW"),
            (ENTRY, "table", "TRUNCATE", "STATEMENT"),
            (LINK, "table", "TRUNCATE", "STATEMENT"),
            (VALUE, "table", "TRUNCATE", "STATEMENT"),
        ]
    ),
]


def sign(apps, schema_editor):
    """What was written before is signed as it stands now, by whoever owns the schema."""
    entries = apps.get_model("records", "AuditEntry").objects.using(schema_editor.connection.alias)
    for entry in entries.order_by("pk").iterator():
        content = Content._make(getattr(entry, name) for name in Content._fields)
        entries.filter(pk=entry.pk).update(mac=content_mac(audit_keys(), content))


def guard(apps, schema_editor):
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("records", "0003_undo")]
    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="mac",
            field=models.CharField(default="", max_length=80),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="AuditLink",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="link",
                        serialize=False,
                        to="records.auditentry",
                    ),
                ),
                ("seal", models.BigIntegerField()),
                ("digest", models.CharField(max_length=80)),
            ],
        ),
        migrations.RunPython(sign, migrations.RunPython.noop),
        migrations.RunPython(guard),
    ]
