"""Creations that may be asked for twice: the same Idempotency-Key of the same principal is carried out once, and
answered the same again for a day.

Invariant: the claim of a key is in the same transaction as what it creates, so that no crash between them can make
it twice. The answer is stored after it; if that is lost, a repeated request hears that it was carried out.
(After the IETF draft "The Idempotency-Key HTTP Header Field".)
"""
