"""One order to several nodes: a task on each, which belong together.

    running -> succeeded   every task has
            -> failed      one has failed, and none is open any more
            -> cancelled   one was cancelled, none has failed, and none is open any more

The state is that of the tasks, stored nowhere else. A task that was tried again counts no more: the one that
repeats it does, so that a failed operation runs again when one of its tasks is retried.

Invariants: all tasks of an operation are in its workspace; they wait for nothing; an operation without tasks does
not exist.
"""
