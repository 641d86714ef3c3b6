"""What runs inside of Superset's own environment, and the assets that are declared for it."""
