"""Superset's settings. Everything that differs between deployments comes from the environment.

What may hold a secret may stand in a file, which `<NAME>_FILE` names instead: both secrets, SUPERSET_DATABASE, SUPERSET_REDIS,
SUPERSET_MAIL and SUPERSET_OIDC.

SUPERSET_SECRET_KEY         signs sessions and encrypts stored secrets; at least 32 characters.
SUPERSET_GUEST_SECRET       signs tokens of guests; at least 32 characters.
SUPERSET_DATABASE           metadata: SQLAlchemy address; PostgreSQL in production.
SUPERSET_REDIS              address of Redis for caches and limits; without it, files below SUPERSET_HOME.
SUPERSET_OVER_HTTP          `loopback` allows cookies without TLS, for a server that listens on 127.0.0.1 only.
LAKEHOUSE_SERVED            link to the folder of the publication that is shown.
SUPERSET_BEHIND_PROXY       `yes` when a proxy in front says who asks; limits are then those of each reader.
SUPERSET_MAIL               for reports: `smtp[s]://[user:password@]host[:port]?from=<address>`. `smtp` goes on in TLS, but on this
                            machine. Workers make them, and Redis gives workers their work: without it there are none.
SUPERSET_ADDRESS            of its pages, as in links that reports send.
SUPERSET_INSIDE             of its pages, as workers reach them; SUPERSET_ADDRESS without it.
SUPERSET_EMBEDDED_IN        origins of other systems in whose pages guests may look, with blanks between.
SUPERSET_OIDC               JSON of an OpenID Connect provider as Flask-AppBuilder's OAUTH_PROVIDERS takes it: name, remote_app, …
"""

import csv
import json
import os
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from celery.schedules import crontab
from flask_appbuilder.const import AUTH_DB, AUTH_OAUTH
from sqlalchemy_utils.types.encrypted.encrypted_type import AesGcmEngine
from superset.tasks.types import ExecutorType
from superset.utils.encrypt import SQLAlchemyUtilsAdapter

from dashboards.superset.application import change
from dashboards.superset.security import Security
from dashboards.superset.tenancy import own_file

SHORTEST = 32
KNOWN = ("CHANGE_ME", "test-guest-secret", "thisISaSECRET", "TEST_NON_DEV_SECRET")  # Superset's own examples.


def _stated(name: str) -> str:
    """What a variable says, or the file that `<name>_FILE` names; nothing without both."""
    if file := os.environ.get(f"{name}_FILE"):
        return Path(file).read_text(encoding="utf-8").strip()
    return os.environ.get(name, "")


def _secret(name: str) -> str:
    """A secret from the environment; without a good one nothing starts."""
    found = _stated(name)
    if len(found) < SHORTEST or any(found.startswith(example) for example in KNOWN) or len(set(found)) < 10:
        raise SystemExit(
            f"SUPERSET-001: {name} is missing, too short or an example. "
            f"Set it to at least {SHORTEST} random characters; `openssl rand -base64 42` makes some."
        )
    return found


class GcmAdapter(SQLAlchemyUtilsAdapter):
    """Stored secrets are encrypted with AES-GCM, which notices a change; the default mode does not."""

    def create(self, app_config: Any, *args: Any, **kwargs: Any) -> Any:
        return super().create(app_config, *args, engine=AesGcmEngine, **kwargs)


SECRET_KEY = _secret("SUPERSET_SECRET_KEY")
GUEST_TOKEN_JWT_SECRET = _secret("SUPERSET_GUEST_SECRET")
GUEST_TOKEN_JWT_AUDIENCE = "lakehouse"  # noqa: S105 (for whom a token is, not one)
GUEST_ROLE_NAME = "guest"
AUTH_ROLE_PUBLIC = "public"  # Whoever has not logged in.
SQLALCHEMY_DATABASE_URI = _stated("SUPERSET_DATABASE")
SQLALCHEMY_ENCRYPTED_FIELD_TYPE_ADAPTER = GcmAdapter
CUSTOM_SECURITY_MANAGER = Security
DB_CONNECTION_MUTATOR = own_file
FLASK_APP_MUTATOR = change
PREVENT_UNSAFE_DB_CONNECTIONS = True

APP_NAME = "卫生监管湖仓 Health supervision lakehouse"
BABEL_DEFAULT_LOCALE = "zh"
LANGUAGES = {"zh": {"flag": "cn", "name": "简体中文"}, "en": {"flag": "us", "name": "English"}}
_home, _redis, _mail = os.environ["SUPERSET_HOME"], _stated("SUPERSET_REDIS"), urlsplit(_stated("SUPERSET_MAIL"))
FEATURE_FLAGS = {
    "ALERT_REPORTS": bool(_redis and _mail.hostname),  # Workers make them, and somebody has to carry them.
    "CACHE_QUERY_BY_USER": True,
    "DASHBOARD_RBAC": True,
    "DRILL_BY": True,
    "DRILL_TO_DETAIL": True,
    "EMBEDDED_SUPERSET": True,
    "ENABLE_TEMPLATE_PROCESSING": False,
    "ALLOW_ADHOC_SUBQUERY": False,
}
TIME_GRAIN_DENYLIST = ["PT1S", "PT1M", "PT1H"]  # The finest dates that are served are days.
ROW_LIMIT = 10_000
SQL_MAX_ROW = 50_000
CSV_EXPORT = {"encoding": "utf-8", "quoting": csv.QUOTE_NONNUMERIC}  # Texts are quoted whatever is in them.
SQLLAB_CTAS_NO_LIMIT = False
FAB_ADD_SECURITY_API = True
FAB_API_SWAGGER_UI = False
FAB_API_MAX_PAGE_SIZE = 10_000  # A list in one page, as its pages may overlap: PostgreSQL keeps no order by itself.
ENABLE_UI_THEME_ADMINISTRATION = False

# Reports run with the rights of the reader who asked for them, never with those of an administrator.
ALERT_REPORTS_EXECUTORS = [ExecutorType.OWNER]
WEBDRIVER_BASEURL_USER_FRIENDLY = os.environ.get("SUPERSET_ADDRESS", "http://127.0.0.1:8088").rstrip("/") + "/"
WEBDRIVER_BASEURL = os.environ.get("SUPERSET_INSIDE", WEBDRIVER_BASEURL_USER_FRIENDLY).rstrip("/") + "/"
EMAIL_REPORTS_SUBJECT_PREFIX = ""
SMTP_HOST, SMTP_SSL = _mail.hostname, _mail.scheme == "smtps"
SMTP_PORT = _mail.port or (465 if SMTP_SSL else 25)
SMTP_STARTTLS = not SMTP_SSL and _mail.hostname not in ("localhost", "127.0.0.1")
SMTP_SSL_SERVER_AUTH = True
SMTP_USER, SMTP_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
SMTP_MAIL_FROM = parse_qs(_mail.query).get("from", [""])[0]
if _mail.hostname and "@" not in SMTP_MAIL_FROM:
    raise SystemExit("SUPERSET-005: SUPERSET_MAIL names no sender. Let it end in `?from=<address>`.")

_over_http = os.environ.get("SUPERSET_OVER_HTTP") == "loopback"
SESSION_COOKIE_SECURE = not _over_http
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
WTF_CSRF_ENABLED = True
_embedded_in = os.environ.get("SUPERSET_EMBEDDED_IN", "").split()
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'", "data:"],
        "script-src": ["'self'", "'strict-dynamic'"],
        "frame-ancestors": ["'self'", *_embedded_in],
    },
    "frame_options": None if _embedded_in else "SAMEORIGIN",  # The older header knows no other sites.
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,  # The proxy in front speaks TLS.
    "session_cookie_secure": not _over_http,
}
RATELIMIT_ENABLED = True
AUTH_RATE_LIMITED = True
AUTH_RATE_LIMIT = "10 per minute"
RATELIMIT_APPLICATION = "100 per second"

RATELIMIT_STORAGE_URI = _redis or "memory://"


def _cache(kind: str, timeout: int, results: bool = False) -> dict[str, Any]:
    """Where a kind of thing is kept, and for how many seconds."""
    common = {"CACHE_DEFAULT_TIMEOUT": timeout, "CACHE_KEY_PREFIX": f"{kind}:"}
    if _redis:
        return {
            **common,
            "CACHE_TYPE": "dashboards.superset.caches.in_redis" if results else "RedisCache",
            "CACHE_REDIS_URL": _redis,
        }
    return {
        **common,
        "CACHE_TYPE": "dashboards.superset.caches.in_files" if results else "FileSystemCache",
        "CACHE_DIR": os.path.join(_home, "cache", kind),
        "CACHE_THRESHOLD": 1_000,  # Of a full one, each entry more looks at all.
    }


_HOUR, _DAY = 3600, 86_400
CACHE_CONFIG = _cache("metadata", _HOUR)
DATA_CACHE_CONFIG = _cache("results", _DAY, results=True)
FILTER_STATE_CACHE_CONFIG = _cache("filters", 90 * _DAY)
EXPLORE_FORM_DATA_CACHE_CONFIG = _cache("forms", 7 * _DAY)

ENABLE_PROXY_FIX = os.environ.get("SUPERSET_BEHIND_PROXY") == "yes"
AUTH_TYPE = AUTH_DB
if _oidc := _stated("SUPERSET_OIDC"):
    AUTH_TYPE = AUTH_OAUTH
    AUTH_USER_REGISTRATION = True
    AUTH_USER_REGISTRATION_ROLE = AUTH_ROLE_PUBLIC  # What else a user may see is given, never assumed.
    OAUTH_PROVIDERS = [json.loads(_oidc)]


if _redis:

    class CELERY_CONFIG:
        """Workers for reports."""

        broker_url = _redis
        result_backend = _redis
        imports = ("superset.tasks.scheduler",)
        beat_schedule: ClassVar = {
            "reports.scheduler": {"task": "reports.scheduler", "schedule": crontab(minute="*", hour="*")},
            "reports.prune_log": {"task": "reports.prune_log", "schedule": crontab(minute="0", hour="0")},
        }
