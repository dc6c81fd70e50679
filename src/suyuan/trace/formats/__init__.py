"""What a file is made of: SQL, JSON, markup, sheets, labelled lines, tables as programs draw them, each read as rows of cells."""
