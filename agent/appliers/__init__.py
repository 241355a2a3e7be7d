"""Desired state made real, one file per section: have -> plan -> apply -> verify."""
