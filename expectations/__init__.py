"""WHAT must hold before data go on: landing faults, row checks, gates."""
