"""Django around the package, with the settings that edx-platform gives it."""
import sys
import urllib.parse
from pathlib import Path

from . import course as course_module


def configure(course, data: Path):
    """Starts Django and makes the tables, people, passports and keys; may be run on the data of an earlier run."""
    from django.conf import settings

    course_module.current = course
    settings.configure(
        DEBUG=False,
        SECRET_KEY="loopback test only",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="standin.views",
        DATABASES={"default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(data / "platform.sqlite3"),
            "OPTIONS": {"timeout": 30, "transaction_mode": "IMMEDIATE"},
            # As in edx-platform: a request that fails leaves nothing behind.
            "ATOMIC_REQUESTS": True,
        }},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        INSTALLED_APPS=[
            "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
            "django.contrib.messages", "django.contrib.staticfiles", "config_models", "lti_consumer", "standin",
        ],
        MIDDLEWARE=[
            "edx_django_utils.cache.middleware.RequestCacheMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "edx_django_utils.cache.middleware.TieredCacheMiddleware",
            "crum.CurrentRequestUserMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        X_FRAME_OPTIONS="DENY",
        # A tool on another site posts an author's choice back, and the package looks who is signed in.
        SESSION_COOKIE_SAMESITE="None", SESSION_COOKIE_SECURE=True,
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": [
                "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]},
        }],
        STATIC_URL="/static/", USE_TZ=True, TIME_ZONE="UTC", LANGUAGE_CODE="en",
        LOGGING=_logging(),
        # Read by lti_consumer itself.
        LMS_ROOT_URL=course.url, LMS_BASE=urllib.parse.urlsplit(course.url).netloc,
        LTI_BASE=course.url, LTI_API_BASE=course.url, PLATFORM_NAME="Open edX (lti-consumer-xblock on loopback)",
        SERVICE_VARIANT="lms", LEARNING_MICROFRONTEND_URL=f"{course.url}/learning",
        USAGE_ID_PATTERN=r"(?P<usage_id>(?:i4x://?[^/]+/[^/]+/[^/]+/[^@]+(?:@[^/]+)?)|(?:[^/]+))",
        LTI_CUSTOM_PARAM_TEMPLATES={}, LTI_NRPS_DISALLOW_PII=False, FEATURES={}, OPENEDX_TELEMETRY=[],
    )
    from . import edx_platform

    edx_platform.install()
    import django

    django.setup()
    _fill()


def _logging():
    return {
        "version": 1, "disable_existing_loggers": False,
        "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": sys.stderr}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
    }


def _fill():
    from django.core.management import call_command
    from django.db import transaction
    from lti_consumer.api import config_id_for_block
    from lti_consumer.models import CourseAllowPIISharingInLTIFlag, LtiConfiguration

    from . import models, runtime

    call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
    models.ExternalIdType.objects.get_or_create(name="lti")
    with transaction.atomic():
        for name, role in course_module.current.people().items():
            models.ensure_user(name, role)
    if course_module.current.shares_names:
        CourseAllowPIISharingInLTIFlag.objects.create(course_id=course_module.COURSE_ID, enabled=True)
    for name in course_module.current.blocks:
        # The package itself makes configuration and passport, and its key at the first look.
        config_id = config_id_for_block(runtime.block(course_module.usage_key(name)))
        LtiConfiguration.objects.get(config_id=config_id).lti_1p3_public_jwk  # noqa: B018
