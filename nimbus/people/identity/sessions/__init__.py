"""What a sign-in leads to: a session, its access token (a JWT of an hour) and its refresh tokens.

A session goes live -> revoked or expired, and never back. Of its refresh tokens one is good, and good once; the
others are spent, and showing one of them revokes the session: two have it, and one of them stole it.
"""
