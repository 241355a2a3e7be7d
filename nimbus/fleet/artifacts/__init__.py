"""Artifacts: files that an operator uploads once, and that nodes fetch when a task names them.

    (begun) -> UPLOAD, in pieces, on disk as `ID.part` -> (all bytes, their sum right) -> ARTIFACT
    UPLOAD -abandoned, its sum wrong, the disk full, or a day without a byte-> gone, with its file
    ARTIFACT -its file is gone or has another sum-> damaged -uploaded again, or the file is back-> ARTIFACT
    ARTIFACT -deleted, while no task and no operation under way names it-> gone; its file goes with the last row

Files: `uploads` (operators put bytes in), `service` (list, show, change, delete, fetch), `downloads` (what a node
may read), `files` (the folder: the only module that touches it), `keeper` (folder and rows are compared).

Invariants: name, version and CPU stand for the same bytes for ever. An artifact is a row whose file was whole and
durable before the row was written. The same bytes are kept once (files are named by their sum). A node reads only
what a task of its own names and its own workspace has. An upload counts for the quota with its whole size from its
first byte.
"""
