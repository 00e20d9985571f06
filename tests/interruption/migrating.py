"""Migrate an older house, or die in the middle of it: `python -m tests.interruption.migrating old|new [STATEMENT]`.

`old` makes the first schema and puts rows into it. The process dies right after the first statement that contains
the given text.
"""

import os
import sys

ENTRIES = 100


def main(target: str, statement: str = "") -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "yuandian.config.settings"
    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from tests.interruption.failpoints import die

    alias = "schema" if "schema" in connections else "default"

    def dies(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if statement and statement in sql:
            die()
        return answer

    with connections[alias].execute_wrapper(dies):
        if target == "old":
            call_command("migrate", "records", "0001", verbosity=0, database=alias)
            _rows(alias)
        else:
            call_command("migrate", verbosity=0, database=alias)


def _rows(alias: str) -> None:
    """A branch and audit entries from before they were signed."""
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    from tests.factories import NOW
    from yuandian.records.audit_chain import NO_VALUES

    apps = MigrationExecutor(connections[alias]).loader.project_state(("records", "0001_initial")).apps
    branch = apps.get_model("records", "Branch").objects.using(alias).create(number="B", name="城东", pack="bank")
    entry = apps.get_model("records", "AuditEntry")
    entry.objects.using(alias).bulk_create(
        entry(at=NOW, branch=branch, operation="x", subject="branch", subject_id=number, digest=NO_VALUES)
        for number in range(ENTRIES)
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
