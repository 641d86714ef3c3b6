"""The health-resources database: institutions, practitioners, drugs."""
