"""SQLite in WAL mode through the standard library: one file, one process that writes."""
