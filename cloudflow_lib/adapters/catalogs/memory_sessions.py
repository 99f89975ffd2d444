"""Sign-ins in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cloudflow_lib.adapters.catalogs.memory_shelves import Shelves
from cloudflow_lib.domain.sessions import Session
from cloudflow_lib.errors import NotFoundError


class MemorySessions(Shelves):
    """SessionBook on a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self._sessions: dict[str, Session] = {}

    def open_session(self, session: Session) -> None:
        with self._lock:
            self._sessions[session.session_id] = session

    def session(self, session_id: str) -> Session:
        with self._lock:
            if session_id not in self._sessions:
                raise NotFoundError(f"there is no session {session_id!r}")
            return self._sessions[session_id]

    def rotate_session(self, digest: str, after: Session) -> bool:
        with self._lock:
            session = self._sessions.get(after.session_id)
            if session is None or session.digest != digest or session.revoked_because is not None:
                return False
            account = replace(session.account, password_mark=after.account.password_mark)
            changed = replace(session, digest=after.digest, issued=after.issued, account=account)
            self._sessions[after.session_id] = changed
            return True

    def revoke_session(self, session_id: str, because: str) -> Session | None:
        with self._lock:
            session = self._sessions.get(session_id)
            if session is None or session.revoked_because is not None:
                return None
            self._sessions[session_id] = replace(session, revoked_because=because)
            return self._sessions[session_id]

    def running_sessions(self, now: datetime, user: str | None = None) -> Sequence[Session]:
        with self._lock:
            found = list(self._sessions.values())
        return [one for one in found if one.is_running(now) and user in (None, one.account.user)]

    def forget_sessions(self, before: datetime) -> int:
        with self._lock:
            kept = {name: session for name, session in self._sessions.items() if session.expires_at >= before}
            forgotten = len(self._sessions) - len(kept)
            self._sessions = kept
            return forgotten
