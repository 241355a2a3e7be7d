"""The browser of whoever sits at this machine."""

from __future__ import annotations

import threading


def open_browser(address: str, *, wait_s: float = 0.0) -> None:
    """In a thread of its own, since some browsers keep the program that starts them waiting. `wait_s`: how long to
    wait for it, for a program that is about to end."""
    import webbrowser

    thread = threading.Thread(target=webbrowser.open, args=(address,), daemon=True)
    thread.start()
    if wait_s:
        thread.join(wait_s)
