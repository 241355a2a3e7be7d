-- Secret parameters and results of tasks, sealed; `tasks` has a mask in their place. `part`: parameters or result.
CREATE TABLE task_secret_values (
    task_id TEXT NOT NULL REFERENCES tasks (id),
    part TEXT NOT NULL,
    sealed_values TEXT NOT NULL,
    PRIMARY KEY (task_id, part)
);
