"""What Airflow sees of CloudFlow."""
