"""Invites: how somebody who has no account gets one, without anybody else knowing their password.

Invariants:
- An invite is pending -> accepted, revoked or expired; only a pending one can be accepted, once.
- Its token is known to the mail (or to the one answer that shows it), and here by its hash alone.
- Nobody invites to more than they may give; that is looked at when the invite is made and again when it is
  accepted, with what the inviter may do then.
- The account gets the address that was invited, and the organization of the invite as its home.
"""
