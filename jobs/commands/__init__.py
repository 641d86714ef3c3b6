"""The words of the `lakehouse` command that move or show data."""
