"""The few tables of edx-platform that a launch and its grade touch; in each docstring the model it stands for."""
import re
import uuid

from django.contrib.auth import get_user_model
from django.db import models
from django.http import Http404

from .course import COURSE_ID

User = get_user_model()


class UserProfile(models.Model):
    """student.UserProfile"""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="profile")
    name = models.CharField(max_length=255)


class ExternalIdType(models.Model):
    """external_user_ids.ExternalIdType"""

    name = models.CharField(max_length=32, unique=True)


class ExternalId(models.Model):
    """external_user_ids.ExternalId: the opaque id that becomes `sub` and `userId`"""

    external_user_id = models.UUIDField(default=uuid.uuid4, unique=True)
    external_id_type = models.ForeignKey(ExternalIdType, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.CASCADE)

    class Meta:
        unique_together = (("user", "external_id_type"),)

    @classmethod
    def add_new_user_id(cls, user, type_name):
        """Gives the user's id of that type, made where it is missing."""
        return cls.objects.get_or_create(user=user, external_id_type=ExternalIdType.objects.get(name=type_name))

    @classmethod
    def batch_get_or_create_user_ids(cls, users, type_name):
        """The same for many users, by their id."""
        return {user.id: cls.add_new_user_id(user, type_name)[0] for user in users}


class CourseEnrollment(models.Model):
    """student.CourseEnrollment"""

    user = models.OneToOneField(User, on_delete=models.CASCADE)


class CourseAccessRole(models.Model):
    """student.CourseAccessRole"""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    role = models.CharField(max_length=64)

    class Meta:
        unique_together = (("user", "role"),)


class StudentModule(models.Model):
    """courseware.StudentModule: a block's state for a user, and the grade that was published for it"""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    usage_id = models.CharField(max_length=255)
    state = models.TextField(default="{}")
    grade = models.FloatField(null=True)
    max_grade = models.FloatField(null=True)

    class Meta:
        unique_together = (("user", "usage_id"),)


def ensure_user(name, role=None):
    """Makes the user where there is none, and gives the role where one is named: student, staff or instructor."""
    if not re.fullmatch(r"[a-z]{1,30}", name):
        raise Http404("a user name has letters only")
    user, created = User.objects.get_or_create(username=name, defaults={"email": f"{name}@school.example"})
    if created:
        UserProfile.objects.create(user=user, name=f"{name.capitalize()} Example")
    if role or created:
        CourseEnrollment.objects.get_or_create(user=user)
        CourseAccessRole.objects.filter(user=user).delete()
        # A course's instructor is always staff of it as well.
        for granted in {"staff": ["staff"], "instructor": ["staff", "instructor"]}.get(role, []):
            CourseAccessRole.objects.create(user=user, role=granted)
    return User.objects.get(pk=user.pk)


def roles(user):
    """The user's roles in the course."""
    return set(CourseAccessRole.objects.filter(user_id=user.id).values_list("role", flat=True))


def has_access(user, action, course_key=None):
    """Whether the user may load the course, or act as its staff or instructor."""
    if user is None or not user.is_authenticated or str(course_key or COURSE_ID) != COURSE_ID:
        return False
    if action == "load":
        return CourseEnrollment.objects.filter(user_id=user.id).exists()
    return action in roles(user)
