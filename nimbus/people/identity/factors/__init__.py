"""What is asked beside the password, or instead of it: one-time codes (TOTP), recovery codes, passkeys (WebAuthn).

A TOTP factor goes enrolled -> confirmed -> gone. It counts from its confirmation on. Recovery codes come with the
first factor and go with the last.
"""
