"""Pages that come from the declarations: the data dictionary, the exchange standard, the rules of naming."""
