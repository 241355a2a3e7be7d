"""What the API's description says in words: of itself, of errors, of each field and parameter (a file per wing)."""
