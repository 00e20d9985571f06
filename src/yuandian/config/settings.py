"""One settings file. Everything that differs between installations comes from the environment.

YUANDIAN_HOME          folder of the database and files (default ./var)
YUANDIAN_DATABASE_URL  another database (default: SQLite in YUANDIAN_HOME); PostgreSQL with a role without DDL
YUANDIAN_MIGRATION_URL the same database with the role that owns the schema (default: YUANDIAN_DATABASE_URL)
YUANDIAN_PATIENCE      seconds that a statement may take on PostgreSQL (default 3600; the pages set 30)
YUANDIAN_SECRET_KEY    signing key (default: made at first start and kept in YUANDIAN_HOME)
YUANDIAN_HOSTS         host names served, comma separated (default: this machine's own)
YUANDIAN_UPLOAD_MB     the largest file that the import page takes, in MB (default 200)
YUANDIAN_HTTPS         1 when a proxy in front speaks HTTPS: cookies then travel by HTTPS only
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF

HOME = Path(os.environ.get("YUANDIAN_HOME", "var")).resolve()
HTTPS = os.environ.get("YUANDIAN_HTTPS") == "1"


def _secret_key() -> str:
    if key := os.environ.get("YUANDIAN_SECRET_KEY"):
        return key
    path = HOME / "secret-key"
    if not path.exists():
        _make_key(path)
    return path.read_text()


def _make_key(path: Path) -> None:
    """Whole or not at all, and the first of several processes wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}-") as draft:
        draft.write(secrets.token_urlsafe(48))
        draft.flush()
        os.fsync(draft.fileno())
        with suppress(FileExistsError):
            os.link(draft.name, path)


SECRET_KEY = _secret_key()
DEBUG = False
ALLOWED_HOSTS = os.environ.get("YUANDIAN_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if HTTPS else []

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_htmx",
    "yuandian.records",
    "yuandian.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "yuandian.web.preferences.PreferencesMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "yuandian.web.policy.PolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "yuandian.web.urls"
WSGI_APPLICATION = "yuandian.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [Path(__file__).resolve().parent.parent / "web/templates"],
        "OPTIONS": {
            "environment": "yuandian.web.environment.environment",
            "context_processors": ["yuandian.web.preferences.house"],
        },
    }
]

_PATIENCE = int(os.environ.get("YUANDIAN_PATIENCE", "3600"))


def _database(url: str) -> dict[str, Any]:
    database: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True))
    if database["ENGINE"] == "django.db.backends.postgresql":
        limits = {
            "statement_timeout": _PATIENCE,
            "lock_timeout": max(_PATIENCE // 3, 1),
            "idle_in_transaction_session_timeout": 2 * _PATIENCE,
        }
        said = " ".join(f"-c {name}={seconds}s" for name, seconds in limits.items())
        options = database.setdefault("OPTIONS", {})
        options["options"] = f"{said} {options.get('options', '')}".strip()
    return database


DATABASES = {
    "default": _database(os.environ.get("YUANDIAN_DATABASE_URL", f"sqlite:///{HOME / 'yuandian.sqlite3'}"))
}
if _owner := os.environ.get("YUANDIAN_MIGRATION_URL"):
    DATABASES["schema"] = {**_database(_owner), "CONN_MAX_AGE": 0}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # FULL keeps acknowledged commits through a power cut; IMMEDIATE takes the write lock at once,
    # so that a transaction never fails half-way for want of it.
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;"
        ),
    }
    # Tests use a file, because columns leave and enter the database by a connection of their own.
    DATABASES["default"]["TEST"] = {"NAME": str(HOME / "test.sqlite3")}

AUTH_USER_MODEL = "records.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "yuandian.records.sessions.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "locked.html"
CSRF_FAILURE_VIEW = "yuandian.web.pages.entry.stale"
LOGIN_URL = "signin"
LOGIN_REDIRECT_URL = "start"

SESSION_ENGINE = "yuandian.records.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Files of people go straight to disk, and past the limit they are refused in words.
FILE_UPLOAD_HANDLERS = ["yuandian.web.receiving.Receiver"]
UPLOAD_LIMIT = int(os.environ.get("YUANDIAN_UPLOAD_MB", "200")) << 20

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).resolve().parent.parent / "web/locale"]
LANGUAGE_COOKIE_NAME = "yuandian_language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("YUANDIAN_TIME_ZONE", "Asia/Shanghai")

EXPORT_ROWS_A_DAY = {
    "rm": 20_000,
    "leader": 100_000,
    "service_owner": 100_000,
    "branch_manager": 5_000_000,
    "operator": 100_000_000,
    "auditor": 100_000_000,
}
"""As many rows may a person of each role take out on one day. Beyond stands a refusal (A27)."""

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 31536000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
