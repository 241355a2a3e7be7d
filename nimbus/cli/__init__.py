"""The operator's command line: one file per noun, loaded only when its noun is used."""
