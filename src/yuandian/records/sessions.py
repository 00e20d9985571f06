"""Who asks: the session and its user, read anew at every request, so a lock or a new password holds at once."""

from collections.abc import Collection

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from yuandian.records.org import User
from yuandian.records.prepared import Given, Prepared

_sessions = Prepared(lambda: Session.objects.filter(session_key=Given("key"), expire_date__gt=Given("now")))
_users = Prepared(lambda: User.objects.filter(pk=Given("pk")).select_related("branch"))


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Session | None:
        for session in _sessions(key=self.session_key, now=timezone.now()):
            return session
        self._session_key = None
        return None


class Backend(ModelBackend):
    def get_user(self, user_id: int) -> User | None:
        """None for a locked one."""
        return next((user for user in _users(pk=user_id) if self.user_can_authenticate(user)), None)


def sessions_of(users: Collection[int]) -> list[str]:
    """Keys of the sessions of the users of these ids. Only inside does one say whose it is."""
    whose = {str(pk) for pk in users}
    sessions = Session.objects.iterator()
    return [session.session_key for session in sessions if session.get_decoded().get(SESSION_KEY) in whose]
