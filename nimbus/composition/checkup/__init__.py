"""`nimbus doctor`: what of this control plane works, looked at from its host. Changes nothing.

`finding.py` is what is said; `rules.py` decides by facts alone; `stored.py` looks at the data directory,
`host.py` at the machine, `serving.py` at the process that runs; `look.py` asks them all.
"""
