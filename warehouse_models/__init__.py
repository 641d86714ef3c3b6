"""WHAT exists: tables, code lists, dialects. Imports no engine and reads no file when it is imported."""
