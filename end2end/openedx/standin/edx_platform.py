"""Modules of edx-platform that `lti_consumer.plugin.compat` imports when it needs them, each with the few names it asks for.

What it takes to be optional (event tracking, forum roles, caches of course blocks) is left out.
"""
import sys
import types

from . import course


def module(dotted, **names):
    """Makes a module of that name, with its parents as packages, or adds to it."""
    parts = dotted.split(".")
    for end in range(1, len(parts) + 1):
        name = ".".join(parts[:end])
        if name not in sys.modules:
            made = types.ModuleType(name)
            made.__path__ = []
            sys.modules[name] = made
            if end > 1:
                setattr(sys.modules[".".join(parts[:end - 1])], parts[end - 1], made)
    vars(sys.modules[dotted]).update(names)
    return sys.modules[dotted]


class ItemNotFoundError(Exception):
    """xmodule.modulestore.exceptions.ItemNotFoundError"""


class OverEnrollmentLimitException(Exception):
    """lms.djangoapps.course_api.exceptions.OverEnrollmentLimitException"""


class CourseWaffleFlag:
    """openedx.core.djangoapps.waffle_utils.CourseWaffleFlag, always off"""

    def __init__(self, name, module_name):
        self.name = name

    def is_enabled(self, course_key=None):
        """Off in every course."""
        return False


class CourseBlock:
    """What the XBlock reads of a course."""

    lti_passports = []
    display_name_with_default = course.TITLE

    def __init__(self, key):
        self.id = key
        self.display_org_with_default = key.org


class Modulestore:
    """modulestore(): blocks come from the command line, bound to nobody"""

    def get_item(self, location, **_):
        """The block of that key."""
        from . import runtime

        if location.block_id not in course.current.blocks:
            raise ItemNotFoundError(str(location))
        return runtime.block(location)

    def update_item(self, block, user_id=None):
        """The LMS never writes a block's settings."""


def get_block_for_descriptor(user, block=None, request=None, **_):
    """Binds the block, in place, to a user."""
    from . import models, runtime

    runtime.bind(block, user)
    return block if models.has_access(user, "load", block.scope_ids.usage_id.course_key) else None


def check_course_access(course_block, user, action, check_if_enrolled=False, check_if_authenticated=False):
    """Whether the user may load the course."""
    from . import models

    return models.has_access(user, "load", course_block.id)


def has_access(user, action, obj, course_key=None):
    """lms.djangoapps.courseware.access.has_access"""
    from . import models

    if obj == "global":
        return False
    return models.has_access(user, action, course_key or getattr(obj, "id", None) or obj)


def get_course_members(course_key):
    """lms.djangoapps.course_api.api.get_course_members: everybody who is enrolled, staff too"""
    from .models import User

    enrolled = User.objects.filter(courseenrollment__isnull=False).select_related("profile")
    return {user.id: {
        "id": user.id, "username": user.username, "email": user.email, "name": user.profile.name, "enrollment_mode": "audit",
        "roles": ["student", *(granted.role for granted in user.courseaccessrole_set.all())],
    } for user in enrolled.prefetch_related("courseaccessrole_set")}


def on_score_published(sender, block, user, raw_earned, raw_possible, **_):
    """What the grades app keeps of a published score, in one row."""
    from .models import StudentModule

    usage_id = str(block.scope_ids.usage_id)
    StudentModule.objects.update_or_create(
        user=user, usage_id=usage_id, defaults={"grade": raw_earned, "max_grade": raw_possible})


class ExternalIds(types.ModuleType):
    """The module of the external ids, whose models exist only after Django has started."""

    def __getattr__(self, name):
        from . import models

        if name in ("ExternalId", "ExternalIdType"):
            return getattr(models, name)
        raise AttributeError(name)


def install():
    """Puts the modules where the package will look for them; to be called before it is imported."""
    from django.dispatch import Signal

    class SignalHandler:
        """The one signal of the modulestore that the package listens to."""

        pre_item_delete = Signal()

    score_published = Signal()
    score_published.connect(on_score_published)
    module("openedx.core.djangoapps.waffle_utils", CourseWaffleFlag=CourseWaffleFlag)
    module("openedx.core.djangoapps.xblock", api=module("openedx.core.djangoapps.xblock.api"))
    module("openedx.core.lib.courses", get_course_by_id=CourseBlock)
    module("openedx.core.djangoapps.external_user_ids")
    sys.modules["openedx.core.djangoapps.external_user_ids.models"] = ExternalIds("models")
    module("xmodule.modulestore.django", modulestore=Modulestore, SignalHandler=SignalHandler)
    module("xmodule.modulestore.exceptions", ItemNotFoundError=ItemNotFoundError)
    module("lms.djangoapps.courseware.block_render", get_block_for_descriptor=get_block_for_descriptor)
    module("lms.djangoapps.courseware.access", has_access=has_access)
    module("lms.djangoapps.courseware.courses", check_course_access=check_course_access)
    module("lms.djangoapps.course_api.api", get_course_members=get_course_members)
    module("lms.djangoapps.course_api.exceptions", OverEnrollmentLimitException=OverEnrollmentLimitException)
    signals = module("lms.djangoapps.grades.api.signals", SCORE_PUBLISHED=score_published)
    module("lms.djangoapps.grades.api", signals=signals)
    module("common.djangoapps.student.auth",
           has_studio_write_access=lambda user, course_key: has_access(user, "staff", course_key))
