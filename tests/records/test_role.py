"""The application's role on PostgreSQL: who gets past the application can read and write rows, and no more (A10)."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import Tags, run_checks
from django.db import DatabaseError, connection, transaction
from tests import postgresql

from yuandian.records.invariants import verify
from yuandian.records.role import too_mighty

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("A10")]


@pytest.fixture(autouse=True)
def _has_roles():
    if not postgresql.is_used():
        pytest.skip("SQLite has no roles; on PostgreSQL this runs by scripts/postgres.py")


@pytest.mark.parametrize(
    "statement",
    [
        "COPY records_user TO PROGRAM 'cat'",
        "COPY records_user FROM PROGRAM 'echo'",
        "COPY records_user TO '/tmp/users'",
        "SELECT pg_read_file('/etc/passwd')",
        "CREATE TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE EXTENSION dblink",
        "ALTER TABLE records_user ADD COLUMN mine int",
        "ALTER TABLE records_auditentry DISABLE TRIGGER ALL",
        "TRUNCATE records_auditentry",
        "DROP TABLE records_user CASCADE",
        "CREATE ROLE mine",
        f"SET ROLE {postgresql.OWNER}",
        "SET session_replication_role = 'replica'",
    ],
)
def test_the_app_role_cannot(statement):
    with (
        pytest.raises(DatabaseError, match=r"permission denied|must be owner|must be superuser"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_checks_find_nothing_to_say_of_the_app_role():
    assert too_mighty() == []
    assert run_checks(tags=[Tags.database], databases=["default"]) == []
    [finding] = [one for one in verify() if one.id == "the_database_role_is_no_more_than_the_applications"]
    assert (finding.ok, finding.checked) == (True, 4)


def test_the_checks_warn_of_a_role_that_owns_the_schema():
    with postgresql.signed_in_as(postgresql.OWNER):
        assert too_mighty() == ["may create tables in the schema", "owns the tables"]
        assert [said.id for said in run_checks(tags=[Tags.database], databases=["default"])] == [
            "yuandian.W001"
        ] * 2
        assert not all(finding.ok for finding in verify())


def test_the_roles_of_the_how_to_are_enough_and_no_more(tmp_path):
    """Its SQL, with other names and without what only a superuser of psql can say, then a house opened by it."""
    page = (Path(__file__).parents[2] / "docs/howto/postgresql.md").read_text()
    granted = re.search(r"\\connect yuandian\n(.*?)```", page, re.DOTALL)[1]
    with postgresql.another_database(bare=True) as environment:
        name = environment["YUANDIAN_DATABASE_URL"].rpartition("/")[2]
        with postgresql.owner(name) as owner:
            owner.execute(
                granted.replace("yuandian_owner", postgresql.OWNER).replace("yuandian_app", postgresql.APP)
            )
        yuandian = Path(sys.executable).with_name("yuandian")
        for command in (["init", "--pack", "bank"], ["verify"]):
            everywhere = {**os.environ, "YUANDIAN_HOME": str(tmp_path), **environment}
            done = subprocess.run(
                [yuandian, *command], env=everywhere, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr + done.stdout
        assert "ok   the_database_role_is_no_more_than_the_applications: 4 checked" in done.stdout
