"""The way of a file into a table: prepared, sampled, its parts chosen, its rows laid out by columns."""
