"""Django settings. Everything that differs between machines comes from the home or the environment."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from openterms.cli.home import Home

PACKAGE = Path(__file__).resolve().parent.parent
HOME = Home.from_environment()
HOME.create()

ROLE = os.environ.get("OPENTERMS_ROLE", "worker")
DEBUG = os.environ.get("OPENTERMS_DEBUG", "") == "1"
SECRET_KEY = HOME.derive("django")
CONTEXT_KEY = bytes.fromhex(HOME.derive("context"))
ALLOWED_HOSTS = os.environ.get("OPENTERMS_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
SECURE = os.environ.get("OPENTERMS_SECURE", "") == "1"


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    options: dict[str, object] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or ""
    options["connect_timeout"] = 10
    if ROLE == "web":
        options["pool"] = {"min_size": 1, "max_size": 20, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": parts.port or "",
        "OPTIONS": options,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,  # a database that was restarted costs nobody a page
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }


DATABASES = {"default": _database(HOME.database_url(ROLE))}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "django_htmx",
    "procrastinate.contrib.django",
    "openterms.apps.tenancy",
    "openterms.apps.journal",
    "openterms.apps.parties",
    "openterms.apps.messaging",
    "openterms.apps.receivables",
    "openterms.apps.credit",
    "openterms.apps.collecting",
    "openterms.apps.analytics",
    "openterms.web.desk",
]

MIDDLEWARE = [
    "openterms.web.api.entrance.ApiEntrance",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "openterms.web.headers.ContentPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "openterms.web.middleware.SellerContextMiddleware",
    "openterms.web.desk.display.DisplayMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]

ROOT_URLCONF = "openterms.config.urls"
WSGI_APPLICATION = "openterms.config.wsgi.application"
AUTH_USER_MODEL = "tenancy.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "openterms.web.context.desk",
            ],
        },
    }
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ar", "العربية")]
LOCALE_PATHS = [PACKAGE / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = HOME.path / "static"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
FILES_FOLDER = HOME.path / "files"
BUREAU_FOLDER = HOME.path / "bureau"
CHANNEL_FOLDER = HOME.path / "channels"
CHANNEL_LOCAL = os.environ.get("OPENTERMS_CHANNEL_LOCAL", "") == "1"
PUBLIC_URL = os.environ.get("OPENTERMS_PUBLIC_URL", "").rstrip("/")
BUREAU_LOCAL = os.environ.get("OPENTERMS_BUREAU_LOCAL", "") == "1"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2**20
FILE_UPLOAD_TEMP_DIR = None

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "openterms.web.login.ClosedSignupAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "OpenTerms"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_ENABLE_ADMIN = False
AXES_USERNAME_CALLABLE = "openterms.web.login.username"
AXES_LOCKOUT_CALLABLE = "openterms.web.login.locked_out"
AXES_VERBOSE = False
ACCOUNT_RATE_LIMITS = {  # wrong passwords are counted by axes; this bounds the tries of one address, offices included
    "login_failed": False,
    "login": f"{int(os.environ.get('OPENTERMS_SIGN_INS', '60'))}/m/ip",
}
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_EMAIL_NOTIFICATIONS = False

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_ENGINE = "openterms.web.sessions"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if SECURE:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31536000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "axes": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        "openterms": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
PROCRASTINATE_IMPORT_PATHS = ["openterms.jobs.tasks", "openterms.jobs.timetable"]
SILENCED_SYSTEM_CHECKS = ["models.W042"]
