"""The one course of this platform: its addresses, its people and its blocks."""
import itertools
import string
from dataclasses import dataclass, field

COURSE_ID = "course-v1:School+DATA101+2026"
TITLE = "Asking Questions of Data"

# Who is in the course unless a page says otherwise: user name and role.
PEOPLE = {"alice": "student", "bob": "student", "carol": "staff", "dave": "instructor"}


@dataclass
class Course:
    """Where the platform and the tool are, the custom parameters of each block, and the class."""

    url: str
    tool: str
    blocks: dict[str, str]
    pupils: int = 0
    shares_names: bool = False
    settings: dict[str, dict] = field(init=False)

    def __post_init__(self):
        self.settings = {name: self._settings(name, custom) for name, custom in self.blocks.items()}

    def _settings(self, name, custom):
        """The fields of a block as its author fills them in Studio."""
        launch = f"{self.tool}/lti/launch"
        return {
            "display_name": f"LTT {name}",
            "lti_version": "lti_1p3",
            "config_type": "new",
            "lti_1p3_oidc_url": f"{self.tool}/lti/login",
            "lti_1p3_launch_url": launch,
            "lti_1p3_redirect_uris": [launch],
            "lti_1p3_tool_key_mode": "keyset_url",
            "lti_1p3_tool_keyset_url": f"{self.tool}/lti/jwks",
            "lti_1p3_tool_public_key": "",
            "lti_1p3_enable_nrps": False,
            "lti_advantage_deep_linking_enabled": False,
            "lti_advantage_deep_linking_launch_url": launch,
            "lti_advantage_ags_mode": "declarative",
            "custom_parameters": [part.strip() for part in custom.split(";") if part.strip()],
            "launch_target": "iframe",
            "inline_height": 800,
            "has_score": True,
            "weight": 1.0,
            "due": None,
            "accept_grades_past_due": True,
            "ask_to_send_username": False,
            "ask_to_send_full_name": False,
            "ask_to_send_email": False,
        }

    def people(self):
        """Who is enrolled from the start, by user name, and in which role."""
        endings = itertools.product(string.ascii_lowercase, repeat=2)
        pupils = {f"pupil{one}{two}": "student" for one, two in itertools.islice(endings, self.pupils)}
        return {**PEOPLE, **pupils}

    def choose(self, block, name, value):
        """Fills in a field of a block otherwise than new blocks have it."""
        if name not in self.settings[block]:
            raise SystemExit(f"a block has no field {name}; it has {', '.join(self.settings[block])}")
        self.settings[block][name] = value


# Filled in by project.configure before anything of Django is imported.
current: Course | None = None


def usage_key(name):
    """The opaque key of a block."""
    from opaque_keys.edx.keys import CourseKey

    return CourseKey.from_string(COURSE_ID).make_usage_key("lti_consumer", name)
