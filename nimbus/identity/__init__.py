"""Who people are: users and their access keys, and how a signed request is recognised.

Invariants: the secret of a key is shown once and stored sealed; a signature is accepted once.
"""
