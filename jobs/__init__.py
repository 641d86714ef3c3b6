"""HOW data move: pull, land, stage, gate, merge, build, publish."""
