"""Certificates that are ordered from a certificate authority (ACME, RFC 8555), and renewed before they end.

    ordered -> account -> order -> challenges answered -> finalized -> a version of the certificate
                 ^                                                            |
                 +------------- renewal: when the authority says (ARI), else at a third of the lifetime

Invariants:
- A key is stored, sealed, before the authority hears of it, and the address of an order before it is gone on with:
  whoever is killed goes on with the same order.
- What failed waits, longer each time, as long as the authority says; that outlives a restart.
- One control plane does it, for all edges.
"""
