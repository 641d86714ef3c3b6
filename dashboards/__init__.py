"""Who looks: Superset's assets as code, who may see what, and what runs it."""
