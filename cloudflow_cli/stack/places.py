"""Where people and programs find each server of the stack."""

from __future__ import annotations

from cloudflow_cli.stack.ports import Ports


def places(ports: Ports) -> dict[str, str]:
    """Return the address of each process that has one."""
    return {
        "airflow-api": f"http://127.0.0.1:{ports.airflow}",
        "mlflow": f"http://127.0.0.1:{ports.mlflow}",
        "mail": f"http://127.0.0.1:{ports.mail} (SMTP {ports.smtp})",
        "mongo": f"mongodb://127.0.0.1:{ports.mongo}",
        "kafka": f"127.0.0.1:{ports.kafka}",
        "s3": f"http://127.0.0.1:{ports.s3}",
        "s3-classes": f"http://127.0.0.1:{ports.s3_classes}",
        "azure": f"http://127.0.0.1:{ports.azure}",
        "gcs": f"http://127.0.0.1:{ports.gcs}",
        "postgres": "Unix socket",
    }
