"""Every test run has a home of its own; nothing is left behind and nothing of yours is touched."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from django.conf import settings as django_settings

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
if "NAME" in django_settings.DATABASES["default"].get("TEST", {}):
    django_settings.DATABASES["default"]["TEST"]["NAME"] = str(HOME / "test.sqlite3")
let_tests_empty_tables()


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
