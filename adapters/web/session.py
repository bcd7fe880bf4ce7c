"""Who sits at a browser: a sealed cookie that holds a random id, the person chosen, and whether the access token was
given."""

import secrets
from dataclasses import asdict, dataclass, field, replace

from starlette.requests import Request
from starlette.responses import Response

from adapters.web.people import PEOPLE, Person, person_of
from adapters.web.seals import Seals

COOKIE = "videobot"
CSRF_FIELD, CSRF_HEADER = "csrf", "x-csrf"
_SECONDS = 30 * 86_400  # a cookie is kept


@dataclass(frozen=True, slots=True)
class Session:
    """One browser's session. `has_token`: it showed the access token."""

    id: str = field(default_factory=lambda: secrets.token_hex(16))
    person_id: str = PEOPLE[0].id
    has_token: bool = False

    @property
    def person(self) -> Person:
        """Who it is now."""
        return person_of(self.person_id)

    def as_person(self, person_id: str) -> "Session":
        """The same browser, another person."""
        return replace(self, person_id=person_of(person_id).id)

    def with_token(self) -> "Session":
        """After the access token was given: a new id, so that one planted before is worth nothing."""
        return replace(self, id=secrets.token_hex(16), has_token=True)


class Sessions:
    """Reads and writes session cookies. `token`: the access token, None where none is needed (on loopback)."""

    def __init__(self, seals: Seals, token: str | None) -> None:
        self._seals, self._token = seals, token
        # A new token makes the old cookies worthless.
        self._purpose = f"session {seals.mark('token', token or '')}"

    def of(self, request: Request) -> Session | None:
        """The session of a request; None when its browser has none yet."""
        value = self._seals.open(self._purpose, request.cookies.get(COOKIE, ""))
        try:
            return None if value is None else Session(**value)
        except TypeError:
            return None

    def may_enter(self, session: Session | None) -> bool:
        """Whether this browser may see the page at all."""
        return self._token is None or (session is not None and session.has_token)

    def is_token(self, given: str) -> bool:
        """Whether this is the access token."""
        token = (self._token or "").encode()
        return bool(token) and secrets.compare_digest(token, given.strip().encode(errors="replace"))

    def csrf(self, session: Session) -> str:
        """What a form of this session has to come back with."""
        return self._seals.mark("csrf", session.id)

    def is_ours(self, session: Session, given: str) -> bool:
        """Whether a form that came back is one of this session."""
        return self._seals.fits("csrf", session.id, given)

    def keep(self, response: Response, session: Session, *, is_secure: bool) -> Response:
        """The response with the session's cookie."""
        response.set_cookie(
            COOKIE,
            self._seals.seal(self._purpose, asdict(session)),
            max_age=_SECONDS,
            httponly=True,
            samesite="strict",
            secure=is_secure,
        )
        return response
