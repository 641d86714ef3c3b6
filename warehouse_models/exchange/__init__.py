"""What a point delivers: one file a table, the only place that lists the table's columns."""
