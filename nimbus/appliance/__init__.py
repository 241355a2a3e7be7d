"""The control plane itself, for its administrators: its settings and where each came from, versions, certificates,
the database and its backups.

Settings that need no restart are changed here (`settings.py`); all else it only looks at. No value of a secret is
shown.
"""
