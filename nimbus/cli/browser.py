"""The browser of whoever sits at this machine."""

from __future__ import annotations

import threading


def open_browser(address: str, *, wait_s: float = 0.0) -> None:
    """Some browsers keep whoever starts them waiting: in a thread that may stay behind. `wait_s`: for who ends soon
    after."""
    import webbrowser

    thread = threading.Thread(target=webbrowser.open, args=(address,), daemon=True)
    thread.start()
    if wait_s:
        thread.join(wait_s)
