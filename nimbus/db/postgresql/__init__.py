"""PostgreSQL 15 or newer, by psycopg and the system's libpq: several processes may share one database."""
