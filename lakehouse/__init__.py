"""The kernel: command line, settings, errors, keys, run clock. Imports nothing of the other folders and no Spark."""
