"""Put a letter into words: the same wishes give the same mail."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from cloudflow_lib.domain.mailing import Letter, MailWish
from cloudflow_lib.domain.notifications import Level, NotificationKind
from cloudflow_lib.errors import SecretError
from cloudflow_lib.ports.mail import Mail
from cloudflow_lib.workflows.services import Services

if TYPE_CHECKING:
    from jinja2 import Environment

log = logging.getLogger(__name__)

MOST_LISTED = 20
"""Of the wishes in a digest."""
MOST_LINES = 200
"""About one thing: a run of moves has so many files at most. In a digest a few are enough."""
FEW_LINES = 5
DASHBOARD = "/plugin/cloudflow"
COLORS = {
    Level.INFO.value: "#1c2330",
    Level.SUCCESS.value: "#146c2e",
    Level.WARNING.value: "#8a5300",
    Level.ERROR.value: "#b3261e",
}
NOUNS = {
    NotificationKind.MIGRATION: "runs of moves",
    NotificationKind.UPLOAD: "uploads",
    NotificationKind.CLASSES: "changes of class",
    NotificationKind.RECOMMENDATION: "recommendations",
    NotificationKind.ALERT: "alerts",
    NotificationKind.POLICY: "policies",
    NotificationKind.MAIL: "mails",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A wish as the templates see it."""

    title: str
    lines: tuple[str, ...]
    level: str
    link: str


def write_mail(letter: Letter, wishes: Sequence[MailWish], services: Services) -> Mail:
    """Return the mail that carries *wishes*, with the newest words there are about each."""
    fresh = _renewed(wishes, services)
    home = f"{services.ui_url.rstrip('/')}{DASHBOARD}"
    kinds = sorted({wish.kind for wish in fresh})
    words = {
        "wishes": [_shown(wish, home) for wish in fresh],
        "most": MOST_LISTED,
        "most_lines": MOST_LINES if len(fresh) == 1 else FEW_LINES,
        "colors": COLORS,
        "home": home,
        "settings": f"{home}/settings",
        "why": f"You get this because you want mails about {' and '.join(NOUNS[kind] for kind in kinds)}.",
    }
    headers = {"Auto-Submitted": "auto-generated"}
    if len(kinds) == 1 and (unsubscribe := _unsubscribe(letter.user, kinds[0], services)):
        headers |= {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return Mail(
        message_id=message_id(letter, services),
        to=services.mail_address(letter.user),
        title=f"CloudFlow: {_title(fresh)}",
        text=_templates().get_template("letter.txt").render(words),
        html=_templates().get_template("letter.html").render(words),
        headers=headers,
    )


def message_id(letter: Letter, services: Services) -> str:
    """Return the Message-ID of *letter*, the same at each try."""
    return f"<{letter.letter_id}@{services.mail_domain}>"


def _renewed(wishes: Sequence[MailWish], services: Services) -> list[MailWish]:
    """Return *wishes*, with what was counted while they waited told as it stands now."""
    names = [wish.notification_id for wish in wishes if wish.notification_id]
    known = services.catalog.notifications_by_id(names) if names else {}
    fresh = []
    for wish in wishes:
        now = known.get(wish.notification_id or "")
        fresh.append(replace(wish, title=now.title, lines=(now.text,) if now.text else ()) if now else wish)
    return fresh


def _title(wishes: Sequence[MailWish]) -> str:
    if len(wishes) == 1:
        return " ".join(wishes[0].title.split())
    counts = Counter(wish.kind for wish in wishes)
    return "; ".join(f"{count:,} {NOUNS[kind]}" for kind, count in counts.most_common())


def _shown(wish: MailWish, home: str) -> _Shown:
    link = wish.path if wish.path.startswith(("http://", "https://")) else f"{home}/{wish.path}"
    return _Shown(title=wish.title, lines=wish.lines, level=wish.level.value, link=link if wish.path else "")


def _unsubscribe(user: str, kind: NotificationKind, services: Services) -> str | None:
    """Return the address that ends mails of this kind without a sign-in; it opens nothing else."""
    if services.keyring is None:
        return None
    from cloudflow_lib.workflows.mail_choices import unsubscribe_token

    root = services.ui_url.rstrip("/")
    try:
        token = unsubscribe_token(user, kind, services.keyring)
    except SecretError as error:
        log.warning("mail.no_unsubscribe error=%s", error)  # better a mail without it than none
        return None
    return f"{root}/cloudflow/api/v1/unsubscribe/{token}"


@cache
def _templates() -> Environment:
    """Only who writes mails loads jinja2."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=PackageLoader("cloudflow_lib", "mail_templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
