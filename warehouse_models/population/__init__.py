"""The population database: people, one token for each across all hospitals."""
