"""The embedded stack: every server CloudFlow needs, on one machine, without Docker."""
