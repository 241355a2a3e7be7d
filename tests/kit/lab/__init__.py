"""A fleet on one machine: hosts in network namespaces on one switch, with the real executables in them.

`Lab` is the harness of the system tests; `python3 build.py lab` is the same on the command line. Needs root.
Everything a lab makes carries its id: namespaces `nl<id>-<host>`, interfaces `nl<id><number>`, and a folder in
/run/nimbus-labs by which a later lab finds what a killed one left.
"""

from __future__ import annotations

from tests.kit.lab.host import LabHost, fake_clock
from tests.kit.lab.lab import Lab
from tests.kit.lab.options import LabOptions
from tests.kit.lab.processes import Finished, Process
from tests.kit.lab.waiting import NotInTime, wait_until

__all__ = ["Finished", "Lab", "LabHost", "LabOptions", "NotInTime", "Process", "fake_clock", "wait_until"]
