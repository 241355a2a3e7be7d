"""Read-only SQL over access logs, in a process of its own.

    statement -> worker: which columns does it read? -> these, of the rows that are asked for, in memory -> answer

Invariants: a statement sees the rows that its caller may read and nothing else; it changes nothing and reaches no
file, no function but those on a list; it ends by its deadline, since the process is killed; its answer is bounded.
"""
