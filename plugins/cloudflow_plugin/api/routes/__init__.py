"""The resources: one module each, listed here."""

from __future__ import annotations

from fastapi import APIRouter

from cloudflow_plugin.api.routes import (
    about,
    alerts,
    auth,
    budgets,
    campaigns,
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
    prefix_moves,
    prices,
    recommendations,
    totals,
    upload,
    uploads,
    users,
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
    prices.router,
    notifications.router,
    mail_choices.router,
    alerts.router,
    policies.router,
    performance.router,
    costs.router,
    budgets.router,
    cost_forecast.router,
    me.router,
    users.router,
    credentials.router,
    locations.router,
    migrations.router,
    campaigns.router,
    prefix_moves.router,  # before those of single ones, whose ids take any name
    recommendations.router,
)
