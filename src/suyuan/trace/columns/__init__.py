"""What stands in a column: names, numbers, addresses, by header and by content; cells and rows that were torn or glued are mended here."""
