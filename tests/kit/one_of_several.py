"""`nimbus api` on SQLite as one of several control planes, which it never is in earnest: two on one file."""

from __future__ import annotations

import functools
import sys

from nimbus.__main__ import main
from nimbus.composition import appliance

if __name__ == "__main__":
    appliance.run_control_plane = functools.partial(appliance.run_control_plane, with_others=True)
    sys.argv.insert(1, "api")
    main()
