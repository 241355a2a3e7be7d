"""Keys: how programs say who they are. A key is a pair that signs requests (hmac) or one secret that is sent
(api-key).

A personal key acts as its user, if need be narrowed to a workspace, a role or a tenant. A service key is a
principal of its own in an organization, with grants of its own. States: valid -> rotated (the old secret is good
for a while longer) -> expired or revoked.

Invariants: a secret is shown once, and stored sealed (hmac: it must be read to check a signature) or hashed; a
signature is accepted once; nobody makes a key that may more than they may.
"""
