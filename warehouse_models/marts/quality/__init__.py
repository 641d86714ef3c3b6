"""Quality: what points delivered, and what became of it."""
