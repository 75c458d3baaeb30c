"""All settings of the portal, read from the environment.

Without any variable the portal runs on SQLite for localhost. Naming a real host in
ALLOWED_HOSTS makes it a deployment: then portal/deployment.py insists on a real key, HTTPS
and DEBUG off, and stops with a sentence that says what to set.
"""

from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from portal import logs
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
    "portal.middleware.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.observing.ObservedMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "portal.middleware.CleanInputMiddleware",
    "portal.steady_sessions.SteadySessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "portal.middleware.BodyLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.sessions.middleware.SessionLimitsMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "accounts.middleware.LocaleAndTimeZoneMiddleware",
    "portal.middleware.PersonalPagesMiddleware",
    "accounts.replica.ReadYourWritesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.mfa.middleware.SecondFactorMiddleware",
    "accounts.privacy.middleware.ConsentMiddleware",
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


def _database(variable: str, default: Any = environ.Env.NOTSET) -> dict[str, Any]:
    """A database with what was learned by running the portal on it; see docs/architecture.md."""
    database = env.db_url(variable, default=default)
    if database["ENGINE"] == "django.db.backends.sqlite3":
        # IMMEDIATE and a busy timeout let writers queue instead of failing with "database is
        # locked"; FULL keeps what was acknowledged through a power cut; a kept connection lets
        # reads go on while the disk is full.
        database["CONN_MAX_AGE"] = 600
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            # Who waits tries again at random moments: with 16 writers on a very busy machine
            # one in some thousand did not come through in 10 seconds.
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        }
        return database
    database["CONN_MAX_AGE"] = 0
    database["CONN_HEALTH_CHECKS"] = True
    database["OPTIONS"] = {
        **database.get("OPTIONS", {}),
        "pool": {
            "min_size": 1,
            "max_size": env.int("DATABASE_POOL", default=8),
            "timeout": 10,
        },
        # Timeouts well below gunicorn's own, so that a held lock never kills a worker. Pages ask
        # small questions of large tables: compiling a query takes longer than answering it, and
        # on solid-state disks an index is worth its jumps.
        "options": (
            "-c statement_timeout=15000 -c lock_timeout=8000 "
            "-c idle_in_transaction_session_timeout=20000 "
            "-c jit=off -c random_page_cost=1.1"
        ),
    }
    return database


DATABASES = {"default": _database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'portal.sqlite3'}")}
# A copy that content can be read from; see accounts/replica.py and docs/scaling.md.
if env.str("REPLICA_URL", default=""):
    DATABASES["replica"] = _database("REPLICA_URL")
    DATABASE_ROUTERS = ["accounts.replica.ReplicaRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Sign-in limits live in the cache: in the database every worker shares them.
CACHES = {
    "default": {
        "BACKEND": "accounts.sessions.counting.CountingCache",
        "LOCATION": "portal_cache",
        # With more than these, what has ended is looked for and thrown away.
        "OPTIONS": {"MAX_ENTRIES": 1000},
    }
}

# --- People and sign-in ---------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.sessions.signing_in.EmailBackend",
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
ACCOUNT_FORMS = {
    "login": "accounts.sessions.forms.LoginForm",
    "reauthenticate": "accounts.sessions.forms.ReauthenticateForm",
    "change_password": "accounts.sessions.forms.ChangePasswordForm",
    "reset_password": "accounts.sessions.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.sessions.forms.ResetPasswordKeyForm",
    "add_email": "accounts.sessions.forms.AddEmailForm",
}
# Failed attempts are counted for each network address, and for each address that somebody tries
# to sign in with: there for a browser that its owner has used before on its own, so that nobody
# can lock them out (accounts/adapter.py).
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/h/key",
    "reauthenticate": "10/m/user",
}
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
# Whoever's password, address or second factor is changed is told so.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
INVITATION_DAYS = env.int("INVITATION_DAYS", default=7)

# A second factor is asked of clinicians, editors and administrators wherever there is a real
# host; on localhost the demo can be tried without one. Patients may have one everywhere.
MFA_REQUIRED = env.bool("MFA_REQUIRED", default=REAL_HOST)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ADAPTER = "accounts.mfa.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "accounts.mfa.forms.AuthenticateForm",
    "reauthenticate": "accounts.mfa.forms.ReauthenticateForm",
    "activate_totp": "accounts.mfa.forms.ActivateAppForm",
    "add_webauthn": "accounts.mfa.forms.AddPasskeyForm",
    "edit_webauthn": "accounts.mfa.forms.RenamePasskeyForm",
    "authenticate_webauthn": "accounts.mfa.forms.AuthenticatePasskeyForm",
    "login_webauthn": "accounts.mfa.forms.LoginPasskeyForm",
    "reauthenticate_webauthn": "accounts.mfa.forms.ReauthenticatePasskeyForm",
}
# Wrong codes of one person; whoever gets so far knows the password. A passkey can't be guessed:
# its limit only keeps one address from keeping the portal busy, and a clinic may have one address.
MFA_RATE_LIMITS = {"code": "5/5m/key,50/d/key", "webauthn_login": "60/m/ip"}
MFA_PASSKEY_LOGIN_ENABLED = True
# A passkey is two factors at once only if the device asks for finger, face or PIN.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TOTP_ISSUER = env.str("MFA_ISSUER", default="")
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not REAL_HOST
# Addresses come from whoever invites, so that one can't be taken before its owner has it.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# A write for each page otherwise.
USERSESSIONS_TRACK_ACTIVITY = False

# Signed out after so long without a click, and after SESSION_HOURS whatever happens.
IDLE_MINUTES_STAFF = env.int("IDLE_MINUTES_STAFF", default=15)
IDLE_MINUTES_PATIENT = env.int("IDLE_MINUTES_PATIENT", default=30)
SESSION_HOURS = env.int("SESSION_HOURS", default=12)
# For so long after a password or a second factor, nothing asks for it again.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300

# So many proxies in front of the portal say where a request comes from. Without this, all who
# sign in would share one limit, because they all seem to come from the proxy.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("PROXIES", default=1 if REAL_HOST else 0)

# --- What is kept, and for how long ------------------------------------------------------------

# The record of who opened what, after its patient has closed the account.
RECORD_KEPT_YEARS = env.int("RECORD_KEPT_YEARS", default=6)

# Backups are encrypted for these public keys of age; see docs/operations.md.
BACKUP_KEYS = [key.strip() for key in env.list("BACKUP_KEYS", default=[]) if key.strip()]
BACKUP_DIR = Path(env.str("BACKUP_DIR", default=str(DATA_DIR / "backups")))

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
# Other sites need none of our files.
WHITENOISE_ALLOW_ALL_ORIGINS = False
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
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
if HTTPS:
    SECURE_SSL_REDIRECT = True
    # Whoever watches the portal asks on its own machine.
    SECURE_REDIRECT_EXEMPT = [r"^health/"]
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
        # Browsers know one or the other; see portal/csp_reports.py.
        "report-uri": ["/csp-report/"],
        "report-to": ["csp"],
    }
}

# --- Logs -----------------------------------------------------------------------------------

# Names, words and addresses stay out of them, see portal/logs.py; network addresses unless the
# clinic's policy asks for them.
LOG_IP = env.bool("LOG_IP", default=False)
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO" if REAL_HOST else "WARNING")
LOGGING = logs.configuration(as_json=REAL_HOST, level=LOG_LEVEL)

# Shows the details of /health/ready, and /health/metrics, to whoever sends it as a bearer token.
HEALTH_TOKEN = env.str("HEALTH_TOKEN", default="")
