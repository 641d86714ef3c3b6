"""Spending: where the money of care comes from and goes to."""
