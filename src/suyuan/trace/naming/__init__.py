"""From linked rows to a source: the copies that were given, the marks that are read, the weighing, and the opened evidence."""
