"""Doors to Prefect: its server, workers, task runners, artifacts, automations."""
