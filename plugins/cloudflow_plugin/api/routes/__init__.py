"""The resources: one module each, listed here."""

from __future__ import annotations

from fastapi import APIRouter

from cloudflow_plugin.api.routes import (
    about,
    alerts,
    auth,
    budgets,
    content,
    cost_forecast,
    costs,
    credentials,
    events,
    files,
    locations,
    mail_choices,
    me,
    migrations,
    money,
    notifications,
    performance,
    policies,
    recommendations,
    totals,
    upload,
    uploads,
)

ROUTERS: tuple[APIRouter, ...] = (
    about.router,
    auth.router,
    files.router,
    content.router,
    events.router,
    upload.router,
    uploads.router,
    totals.router,
    money.router,
    notifications.router,
    mail_choices.router,
    alerts.router,
    policies.router,
    performance.router,
    costs.router,
    budgets.router,
    cost_forecast.router,
    me.router,
    credentials.router,
    locations.router,
    migrations.router,
    recommendations.router,
)
