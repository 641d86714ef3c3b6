"""Supervision: conduct that the records show."""
