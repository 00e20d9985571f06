"""Every test run has a home of its own; nothing is left behind and nothing of yours is touched."""

import os
import tempfile

os.environ["YUANDIAN_HOME"] = tempfile.mkdtemp(prefix="yuandian-test-")
os.environ.setdefault("YUANDIAN_SECRET_KEY", "only for tests")

import pytest


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    """Hashing is slow on purpose; tests sign in often."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
