"""Django's settings for the pages: those of every command, and what people with browsers need."""

import os
from datetime import timedelta
from pathlib import Path

from yizhan.runtime.environment import BadSetting
from yizhan.runtime.settings import *  # noqa: F403 - Django's own way to extend settings
from yizhan.runtime.settings import DATABASES
from yizhan.runtime.settings import INSTALLED_APPS as COMMAND_APPS

INSTALLED_APPS = [
    *COMMAND_APPS,
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]
ROOT_URLCONF = "yizhan.web.urls"
APPEND_SLASH = False
MIDDLEWARE = [
    "yizhan.web.policy.PolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "yizhan.web.places.PlaceMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "yizhan.web.refusals.RefusalMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "yizhan.web.jinja.environment",
            "context_processors": ["yizhan.web.pages.shell"],
        },
    },
    # What allauth says after an act ("signed out") are templates of Django's own language.
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True},
]

# A name that points at this machine must be ours: a page elsewhere could otherwise talk to us by a name of its own
# that it lets point here (DNS rebinding).
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *os.environ.get("YIZHAN_HOSTS", "").replace(",", " ").split()]
if "*" in ALLOWED_HOSTS:
    raise BadSetting("YIZHAN_HOSTS takes the names by which Yizhan is opened, not *")

LOCALE_PATHS = [str(Path(__file__).parent.parent / "locale")]
LANGUAGE_COOKIE_NAME = "yizhan_language"

# Requests come in threads of their own, so a kept connection would never be used again.
DATABASES["default"]["CONN_MAX_AGE"] = 0

SESSION_COOKIE_NAME = "yizhan_session"
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "yizhan_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "yizhan.web.refusals.forgery"
# Not `no-referrer`: that makes browsers send `Origin: null`, which the check against forgery must refuse.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "yizhan.web.signin.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # Yizhan sends no mail of its own
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key", "reauthenticate": "10/m/user"}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Yizhan"
MFA_TOTP_TOLERANCE = 1  # a telephone's clock may be half a minute off
MFA_TRUST_ENABLED = True
MFA_TRUST_COOKIE_AGE = timedelta(days=30)
MFA_TRUST_COOKIE_NAME = "yizhan_trusted"
