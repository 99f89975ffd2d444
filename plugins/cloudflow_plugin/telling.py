"""What the tasks of the DAGs do that tell people something: each calls one workflow."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any


def evaluate() -> int:
    """Judge all rules and return how many alerts changed."""
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.call_webhooks import make_calls
    from cloudflow_lib.workflows.evaluate_alerts import evaluate_alerts

    bench = services()
    changed = evaluate_alerts(bench)
    make_calls(bench)
    return changed


def send() -> dict[str, Any]:
    """Send the mails that are due."""
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.send_mail import send_due_mail

    return asdict(send_due_mail(services()))
