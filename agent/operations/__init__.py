"""What a task does, one file per kind. A handler is idempotent: after a crash it may be called again, and is
told so (`context.resumed`)."""
