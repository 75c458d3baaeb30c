"""All settings of the portal, read from the environment.

Without any variable the portal runs on SQLite for localhost. Naming a real host in
ALLOWED_HOSTS makes it a deployment: then portal/deployment.py insists on a real key, HTTPS
and DEBUG off, and stops with a sentence that says what to set.
"""

from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from portal.deployment import (
    LOCAL_JOURNAL_KEY,
    LOCAL_KEY,
    is_deployment,
    portal_url,
    refuse_unsafe_deployment,
    refuse_wrong_journal_keys,
)

BASE_DIR = Path(__file__).resolve().parent.parent

# FileAwareEnv also reads NAME_FILE, so that secrets can come from files.
env = environ.FileAwareEnv()

# --- Where it runs --------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default=LOCAL_KEY)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
HTTPS = env.bool("HTTPS", default=False)

# Backups, uploads and SQLite live here; on a server, outside the code.
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)

REAL_HOST = is_deployment(ALLOWED_HOSTS)
# What patients write is sealed with the first of these keys and opened with any of them.
JOURNAL_KEYS = [key.strip() for key in env.list("JOURNAL_KEYS", default=[]) if key.strip()]
refuse_unsafe_deployment(
    ALLOWED_HOSTS,
    debug=DEBUG,
    secret_key=SECRET_KEY,
    journal_keys=JOURNAL_KEYS,
    https=HTTPS,
)
refuse_wrong_journal_keys(JOURNAL_KEYS)
JOURNAL_KEYS = JOURNAL_KEYS or [LOCAL_JOURNAL_KEY]

CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Rooms of the house ---------------------------------------------------------------------

INSTALLED_APPS = [
    "portal.apps.PortalConfig",
    "education.care.apps.CareConfig",
    "education.journal.apps.JournalConfig",
    "education.reading.apps.ReadingConfig",
    "education.articles.apps.ArticlesConfig",
    "education.glossary.apps.GlossaryConfig",
    "accounts.apps.AccountsConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "bootstrap",
    "csp",
    "django_prose_editor",
    "import_export",
    "simple_history",
    "django_tasks",
    "django_tasks_db",
    "js_asset",
    "portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "portal.middleware.CleanInputMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "accounts.middleware.LocaleAndTimeZoneMiddleware",
    "portal.middleware.PersonalPagesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context_processors.frame",
            ],
        },
    },
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Database and cache ---------------------------------------------------------------------

DATABASES = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'portal.sqlite3'}")
}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE and a busy timeout let writers queue instead of failing with "database is
    # locked"; FULL keeps what was acknowledged through a power cut; a kept connection lets
    # reads go on while the disk is full. Measured, see docs/architecture.md.
    _database["CONN_MAX_AGE"] = 600
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    _database["CONN_MAX_AGE"] = 0
    _database["CONN_HEALTH_CHECKS"] = True
    _database["OPTIONS"] = {
        "pool": {
            "min_size": 1,
            "max_size": env.int("DATABASE_POOL", default=8),
            "timeout": 10,
        },
        # Timeouts well below gunicorn's own, so that a held lock never kills a worker. Pages ask
        # small questions of large tables: compiling a query takes longer than answering it, and
        # on solid-state disks an index is worth its jumps. Measured, see docs/architecture.md.
        "options": (
            "-c statement_timeout=15000 -c lock_timeout=8000 "
            "-c idle_in_transaction_session_timeout=20000 "
            "-c jit=off -c random_page_cost=1.1"
        ),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Sign-in limits live in the cache: in the database every worker shares them.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
    }
}

# --- People and sign-in ---------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.passwords.ClinicWordsValidator"},
    {"NAME": "accounts.passwords.BreachedPasswordsValidator"},
]
# A sorted list of SHA-1 hashes of stolen passwords, if the clinic keeps one.
BREACHED_PASSWORDS_FILE = env.str("BREACHED_PASSWORDS_FILE", default="")
# How long a link for a new password works, in seconds.
PASSWORD_RESET_TIMEOUT = 3600
# In the session, not in a cookie: some messages say how long somebody slept.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "accounts.adapter.ClosedSignupAdapter"
ACCOUNT_FORMS = {"reset_password": "accounts.forms.ResetPasswordForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
INVITATION_DAYS = env.int("INVITATION_DAYS", default=7)

# A second factor is asked of clinicians, editors and administrators wherever there is a real
# host; on localhost the demo can be tried without one. Patients may have one everywhere.
MFA_REQUIRED = env.bool("MFA_REQUIRED", default=REAL_HOST)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = env.str("MFA_ISSUER", default="")
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not REAL_HOST
# Addresses come from whoever invites, so that one can't be taken before its owner has it.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# A write for each page otherwise.
USERSESSIONS_TRACK_ACTIVITY = False

# Signed out after so long without a click, and after SESSION_HOURS whatever happens.
IDLE_MINUTES_STAFF = env.int("IDLE_MINUTES_STAFF", default=15)
IDLE_MINUTES_PATIENT = env.int("IDLE_MINUTES_PATIENT", default=30)
# For so long after a password or a second factor, nothing asks for it again.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300

# --- What is kept, and for how long ------------------------------------------------------------

# The record of who opened what, after its patient has closed the account.
RECORD_KEPT_YEARS = env.int("RECORD_KEPT_YEARS", default=6)

# --- Mail -----------------------------------------------------------------------------------

vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="portal@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Where mails lead to: the worker that sends them knows no request.
PORTAL_URL = env.str(
    "PORTAL_URL", default=portal_url(ALLOWED_HOSTS, https=HTTPS, port=env.str("PORT", "8000"))
).rstrip("/")

# Mails are queued in the transaction that causes them; `manage.py db_worker` sends them.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

# --- Language and time ----------------------------------------------------------------------

LANGUAGE_CODE = "en-us"
LANGUAGES = [("en-us", _("English (US)")), ("en-gb", _("English (UK)"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- Import, export, history -----------------------------------------------------------------

# A cell that begins with "=" or "+" would be a formula in whoever's spreadsheet opens it.
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_SKIP_ADMIN_LOG = False

# --- Files ----------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA_DIR / "static")))
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(DATA_DIR / "media")))
MEDIA_URL = "/figures/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Source maps are large and nobody's patience is worth compressing them.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [
    "map", "jpg", "jpeg", "png", "gif", "webp", "woff", "woff2", "gz", "br", "zip",
]  # fmt: skip

# --- Security -------------------------------------------------------------------------------

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
if HTTPS:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"

# Nothing inline, nothing from another host. The nonce is emitted only on pages that use it
# (the rich-text editor's import map); the hash is the one style that the editor injects.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# --- Logs -----------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_tokens": {"()": "portal.logs.WithoutTokens"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["without_tokens"],
        },
        "nowhere": {"class": "logging.NullHandler"},
    },
    # Scanners that ask for other hosts get their 400 without a line in the log for each.
    "loggers": {"django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
