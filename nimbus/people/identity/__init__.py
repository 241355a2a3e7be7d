"""Who people are: users with their passwords, and how they sign in.

`sessions` has what a sign-in leads to (access and refresh tokens), `factors` what is asked beside the password
(one-time codes, recovery codes, passkeys).

Invariants: a password is stored as a hash and nowhere else; an enabled administrator is always left; a session
ends with its user's right to it, at once; a refresh token, a one-time code, a recovery code and a challenge are
good once, decided in one transaction with what they lead to.
"""
