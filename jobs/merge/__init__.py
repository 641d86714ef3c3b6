"""Merge: what a set of deliveries says of each key, whatever the order in which they came."""

from jobs.merge.merge import Merged, Work, merge_table

__all__ = ["Merged", "Work", "merge_table"]
