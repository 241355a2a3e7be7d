"""Signing in at somebody else's: identity providers by OpenID Connect, and GitHub by OAuth 2.0.

A sign-in goes: start (a sealed state that is bound to the browser) -> the provider -> callback (state spent, code
exchanged, id_token verified) -> the user that (issuer, subject) is linked to, linked or made now if the provider's
settings say so -> groups by its mapping -> a session of `nimbus.people.identity`.

Invariants: a user is found by issuer and subject and by nothing else. Nobody becomes an administrator here, and no
administrator is linked by an address. Whatever refuses a sign-in leaves a row in the audit log. Nothing is fetched
but from the issuer and what its discovery document names, over TLS, bounded in size and time.
"""
