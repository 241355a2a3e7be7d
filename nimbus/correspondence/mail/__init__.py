"""Mail: one relay that mail is handed to, and an outbox.

Invariants:
- Mail is queued in the transaction of what causes it: there is none of what was undone, and none is missing.
- An outbox row goes queued -> sent, or queued -> failed (refused for good, or too old), and then loses its content.
- Mail may be sent twice when the process ends between the relay's answer and its note, with one Message-ID;
  it is never lost.
- Nothing goes out in the clear but to this machine, and the relay's certificate is always verified.
"""
