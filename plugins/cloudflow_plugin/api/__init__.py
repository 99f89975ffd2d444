"""The REST API and the live events, mounted below `/cloudflow` in Airflow's API server."""
