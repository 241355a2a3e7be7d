"""Notifications: mail to whoever looks after an organization, or the control plane, when something happened there.

Invariants:
- They follow the audit log by a stored cursor: what a row says is queued in the transaction that moves the cursor,
  so that none is lost or told twice when the process is killed. (Not the event log: that knows no refusals, and not
  which role was given.)
- A recipient gets one mail a minute at most, with all that came meanwhile.
- An organization's recipients hear of that organization only; the control plane's hear of everything.
"""
