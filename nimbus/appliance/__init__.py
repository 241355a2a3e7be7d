"""The control plane itself, for its administrators: its settings and where each came from, versions, certificates,
the database and its backups.

It only looks: nothing is changed from here, and no value of a secret is shown.
"""
