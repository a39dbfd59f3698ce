"""The pages around the block, and what the tests read from the tables."""
import json
import urllib.parse

from django.contrib.auth import login
from django.contrib.staticfiles import finders
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.urls import include, path, re_path
from django.utils.html import escape
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from . import course, models, runtime

# The LMS' page brings jQuery and gettext; Django's admin happens to ship a jQuery.
SCRIPTS = '''<script src="/static/admin/js/vendor/jquery/jquery.min.js"></script>
<script>window.gettext = function (text) { return text; };</script>'''
START = '''<script>
$(function () {
  document.querySelectorAll('.xblock[data-init]').forEach(function (element) { window[element.dataset.init]({}, element); });
});
</script>'''
# The one rule of the LMS' style sheet that the block relies on.
STYLE = "<style>.modal { display: none; }</style>"
# What the learning front end delegates to the unit's frame.
ALLOW = "microphone *; camera *; midi *; geolocation *; encrypted-media *; clipboard-write *; autoplay *"


def page(title, body, head=""):
    """A whole HTML page."""
    return HttpResponse(
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>{head}</head>'
        f"<body>{body}</body></html>")


def visitor(request):
    """Logs in whom `user` names, in the role that `role` names; without them it is whoever was logged in."""
    name, role = request.GET.get("user"), request.GET.get("role")
    if not name:
        if not request.user.is_authenticated:
            raise Http404("say who you are: ?user=alice")
        return request.user
    user = models.ensure_user(name, role)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return user


def chosen_block(request):
    """The block that `block` names."""
    name = request.GET.get("block")
    if name not in course.current.blocks:
        raise Http404("no such block")
    return name


@xframe_options_exempt
def unit(request):
    """The LMS' page of a unit, with the block's real student_view in it."""
    user, name = visitor(request), chosen_block(request)
    fragment = runtime.bind(runtime.block(course.usage_key(name)), user).render("student_view")
    body = f"<main>{fragment.body_html()}</main>{SCRIPTS}{fragment.foot_html()}{START}"
    return page(f"{name} | {course.TITLE}", body, STYLE + fragment.head_html())


def learning(request):
    """The learning front end, which shows the unit in a frame of its own."""
    user, name = visitor(request), chosen_block(request)
    source = f"/unit?{urllib.parse.urlencode({'user': user.username, 'block': name})}"
    return page(f"Learning | {course.TITLE}", f'''<h1>{escape(course.TITLE)}</h1>
<iframe id="unit-iframe" title="{escape(name)}" src="{escape(source)}" allow="{ALLOW}" allowfullscreen height="900"
 scrolling="no" referrerpolicy="origin" style="width:100%;border:0"></iframe>''')


def studio(request):
    """Studio's preview of the block, with the block's real author_view in it; for the course's staff."""
    user, name = visitor(request), chosen_block(request)
    if not models.has_access(user, "staff"):
        return HttpResponse("only staff of the course come into Studio", status=403)
    fragment = runtime.bind(runtime.block(course.usage_key(name), studio=True), user).render("author_view")
    body = f"<main>{fragment.body_html()}</main>{SCRIPTS}{fragment.foot_html()}{START}"
    return page(f"Studio | {name}", body, STYLE + fragment.head_html())


def registration(request):
    """What Studio shows an author to register the tool with, block by block."""
    from lti_consumer.models import LtiConfiguration
    from lti_consumer.utils import get_lms_lti_access_token_link, get_lms_lti_keyset_link, get_lms_lti_launch_link

    def of(name):
        config = LtiConfiguration.objects.get(location=course.usage_key(name))
        return {
            "issuer": course.current.url,
            "client_id": config.lti_1p3_client_id,
            "deployment_id": "1",
            "auth_url": get_lms_lti_launch_link(),
            "token_url": get_lms_lti_access_token_link(config.passport_id),
            "jwks_url": get_lms_lti_keyset_link(config.passport_id),
        }

    return JsonResponse({name: of(name) for name in course.current.blocks})


@csrf_exempt
@require_POST
def edit(request):
    """Fills in fields of a block otherwise, as its author may while the course runs."""
    for field, value in json.loads(request.body).items():
        course.current.choose(chosen_block(request), field, value)
    return HttpResponse(status=204)


def state(request):
    """The package's own tables of line items and scores, and the gradebook."""
    from lti_consumer.models import LtiAgsLineItem, LtiAgsScore

    names = {str(row.external_user_id): row.user.username for row in models.ExternalId.objects.select_related("user")}
    scores = LtiAgsScore.objects.select_related("line_item").order_by("id")
    grades = models.StudentModule.objects.exclude(grade=None).select_related("user").order_by("id")
    return JsonResponse({
        "columns": [{
            "block": item.resource_link_id.block_id, "label": item.label, "maximum": item.score_maximum,
        } for item in LtiAgsLineItem.objects.order_by("id")],
        "scores": [{
            "user": names.get(score.user_id), "block": score.line_item.resource_link_id.block_id,
            "given": score.score_given, "maximum": score.score_maximum,
            "activity_progress": score.activity_progress, "grading_progress": score.grading_progress,
        } for score in scores],
        "gradebook": [{
            "user": grade.user.username, "block": grade.usage_id.rsplit("@", 1)[-1],
            "grade": grade.grade, "maximum": grade.max_grade,
        } for grade in grades],
    })


def static_file(request, name):
    """A static file of an installed package."""
    found = finders.find(name)
    if not found:
        raise Http404(name)
    return FileResponse(open(found, "rb"))


urlpatterns = [
    path("unit", unit),
    path("learning", learning),
    path("studio", studio),
    path("registration.json", registration),
    path("edit", edit),
    path("state.json", state),
    re_path(r"^static/(?P<name>.*)$", static_file),
    # As edx-platform mounts the package's own addresses.
    re_path(r"^api/", include("lti_consumer.plugin.urls", namespace="lti_consumer")),
]
