"""Every test run has a home of its own; nothing is left behind and nothing of yours is touched."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.db import connection

from tests import postgresql
from tests.guards import let_tests_empty_tables
from tests.web.catalogue import compile_english

HOME = Path(tempfile.mkdtemp(prefix="yuandian-test-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ["YUANDIAN_HOME"] = str(HOME)  # for the commands that tests start
os.environ.setdefault("YUANDIAN_SECRET_KEY", "only for tests")

# pytest-django reads the settings before this file, so what hangs on the home is said again.
django_settings.HOME = HOME
django_settings.STATIC_ROOT = HOME / "static"
django_settings.STATIC_ROOT.mkdir()
postgresql.keep_the_promise()
hypothesis.settings.register_profile("untimed", deadline=None)  # no test is a matter of time
hypothesis.settings.load_profile("untimed")
let_tests_empty_tables()
names = postgresql.NAMES if postgresql.is_used() else {"NAME": str(HOME / "test.sqlite3")}
django_settings.DATABASES["default"].setdefault("TEST", {}).update(names)

DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}


def pytest_collection_modifyitems(items):
    """Marks what touches the database: `-m database` is what runs once more on PostgreSQL."""
    for item in items:
        if item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")


def pytest_report_header():
    return f"database: {connection.vendor}"


def pytest_sessionfinish(session, exitstatus):
    """What was asked for may touch no database: then there is nothing to do on PostgreSQL."""
    if postgresql.is_used() and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """On PostgreSQL the owner makes the schema, and all that follows is done by a role without DDL."""
    if not postgresql.is_used():
        yield
        return
    with django_db_blocker.unblock(), postgresql.by_the_app():
        yield


@pytest.fixture(scope="session", autouse=True)
def _house_of_its_own():
    """Django has read the address already; commands that tests start shall have a house of their own."""
    os.environ.pop("YUANDIAN_DATABASE_URL", None)


@pytest.fixture(scope="session", autouse=True)
def _english():
    compile_english()


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    """Hashing is slow on purpose; tests sign in often."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _static_files_by_name(settings):
    """Nothing is collected for tests: files are served and named as they lie."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
