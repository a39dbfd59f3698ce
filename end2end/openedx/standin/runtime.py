"""The XBlock runtime of the LMS: where a block's fields are kept and which services it is given."""
import datetime
import json
import urllib.parse
import uuid

from django.contrib.auth.models import AnonymousUser
from django.utils.html import escape
from web_fragments.fragment import Fragment
from xblock.core import XBlockMixin
from xblock.exceptions import InvalidScopeError
from xblock.field_data import FieldData
from xblock.fields import Boolean, DateTime, Float, Scope, ScopeIds, UserScope
from xblock.reference.user_service import UserService, XBlockUser
from xblock.runtime import Runtime

from . import course
from .models import ExternalId, StudentModule, has_access


class EdxMixin(XBlockMixin):
    """Fields and properties that every block of edx-platform has."""

    start = DateTime(scope=Scope.settings, default=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc))
    due = DateTime(scope=Scope.settings, default=None)
    graceperiod = None
    graded = Boolean(scope=Scope.settings, default=False)
    graceperiod_seconds = Float(scope=Scope.settings, default=None)

    @property
    def location(self):
        """The block's key."""
        return self.scope_ids.usage_id

    @property
    def category(self):
        """The block's type."""
        return self.scope_ids.block_type


class LmsFieldData(FieldData):
    """Settings are the author's and cannot be written here; a user's state is in StudentModule."""

    def get(self, block, name):
        field = block.fields[name]
        usage_id = block.scope_ids.usage_id
        if field.scope.user != UserScope.ONE:
            return field.from_json(course.current.settings[usage_id.block_id][name])
        row = StudentModule.objects.filter(user_id=block.scope_ids.user_id, usage_id=str(usage_id)).first()
        return field.from_json(json.loads(row.state if row else "{}")[name])

    def set(self, block, name, value):
        field = block.fields[name]
        if field.scope.user != UserScope.ONE:
            raise InvalidScopeError(field.scope)
        ids = block.scope_ids
        row, _ = StudentModule.objects.get_or_create(user_id=ids.user_id, usage_id=str(ids.usage_id))
        row.state = json.dumps({**json.loads(row.state), name: field.to_json(value)})
        row.save()

    def delete(self, block, name):
        raise InvalidScopeError(block.fields[name].scope)

    def has(self, block, name):
        try:
            self.get(block, name)
            return True
        except KeyError:
            return False

    def default(self, block, name):
        raise KeyError(name)


class LmsUserService(UserService):
    """xblock_django.user_service.DjangoXBlockUserService"""

    def __init__(self, user, staff, role):
        super().__init__()
        self._user, self._staff, self._role = user, staff, role

    def get_current_user(self):
        shown = XBlockUser(is_current_user=True)
        user = self._user
        shown.opt_attrs["edx-platform.is_authenticated"] = user.is_authenticated
        if user.is_authenticated:
            shown.full_name, shown.emails = user.profile.name, [user.email]
            shown.opt_attrs.update({
                "edx-platform.user_id": user.id,
                "edx-platform.username": user.username,
                "edx-platform.anonymous_user_id": uuid.uuid5(uuid.NAMESPACE_OID, f"anonymous {user.id}").hex,
                # In the LMS this means staff of the course, not of the site.
                "edx-platform.user_is_staff": self._staff,
                "edx-platform.user_is_global_staff": False,
                "edx-platform.user_role": self._role,
                "edx-platform.user_preferences": {},
            })
        return shown

    def get_external_user_id(self, type_name):
        """The id that tools are told."""
        return str(ExternalId.add_new_user_id(self._user, type_name)[0].external_user_id)

    def get_user_by_anonymous_id(self, uid=None):
        """Nobody is looked up that way here."""


class RebindUserService:
    """Binds a block that a service request loaded for nobody to the user who is graded."""

    def __init__(self, user):
        self._user = user

    def rebind_noauth_module_to_user(self, block, real_user):
        """Binds the block, which must be bound to nobody yet."""
        if self._user.is_authenticated:
            raise RuntimeError("the block is bound already")
        bind(block, real_user)


class LmsRuntime(Runtime):
    """xmodule.x_module.ModuleStoreRuntime, as far as the block uses it"""

    def __init__(self, studio=False):
        super().__init__(id_reader=None, id_generator=None, mixins=(EdxMixin,))
        self.user, self.studio = AnonymousUser(), studio

    def bind_to(self, user, course_key):
        """Makes the services those of the user."""
        self.user = user
        staff, instructor = (has_access(user, role, course_key) for role in ("staff", "instructor"))
        role = "instructor" if instructor else "staff" if staff or self.studio else "student"
        # Studio's preview does not say who is staff; where that is said, deep linking is refused.
        staff = None if self.studio else staff
        self._services["user"] = LmsUserService(user, staff, role)
        self._services["rebind_user"] = RebindUserService(user)

    def handler_url(self, block, handler_name, suffix="", query="", thirdparty=False):
        usage = urllib.parse.quote(str(block.scope_ids.usage_id))
        return f"{course.current.url}/xblock/{usage}/handler/{handler_name}/{suffix}" + (f"?{query}" if query else "")

    def resource_url(self, resource):
        return f"/static/{resource}"

    def local_resource_url(self, block, uri):
        return f"/static/{uri}"

    def applicable_aside_types(self, block):
        return []

    def wrap_xblock(self, block, view, frag, context):
        """The element around a block, which its style sheet and its script look for."""
        wrapped = Fragment()
        wrapped.add_fragment_resources(frag)
        wrapped.initialize_js(frag.js_init_fn)
        wrapped.add_content(
            f'<div class="xblock xblock-{view} xblock-{view}-lti_consumer" data-init="{frag.js_init_fn or ""}"'
            f' data-usage-id="{escape(str(block.scope_ids.usage_id))}">{frag.content}</div>')
        return wrapped

    def publish(self, block, event_type, event_data):
        """A grade of somebody goes to the grades app."""
        from lms.djangoapps.grades.api import signals

        if event_type == "grade" and self.user.is_authenticated:
            signals.SCORE_PUBLISHED.send(
                sender=None, block=block, user=self.user,
                raw_earned=event_data["value"], raw_possible=event_data["max_value"])


def block(location, studio=False):
    """A fresh block, bound to nobody; in Studio's preview where that is said."""
    ids = ScopeIds(None, location.block_type, location, location)
    return LmsRuntime(studio).construct_xblock(location.block_type, ids, field_data=LmsFieldData())


def bind(bound, user):
    """Binds a block, in place, to a user."""
    user = user if user is not None else AnonymousUser()
    bound.scope_ids = bound.scope_ids._replace(user_id=user.id)
    bound._field_data_cache.clear()
    bound._dirty_fields.clear()
    bound.runtime.bind_to(user, bound.scope_ids.usage_id.course_key)
    return bound
