"""nginx on this machine, as the control plane wants it: proven, or as it was before.

    files -> checked -> (an object that does not pass: its last good version, or none) -> swapped -> reloaded
          -> its own nginx answers with the generation's number -> proven
    whatever fails after the swap: what was proven before is swapped in again, reloaded and asked in its turn

Invariants:
- `conf.d/current` leads to a whole generation at every moment, after a kill or a loss of power too.
- One object that nginx does not take never keeps the others from being served.
- A reload that exits with 0 proves nothing: nginx keeps its old configuration when it cannot take a port.
"""
