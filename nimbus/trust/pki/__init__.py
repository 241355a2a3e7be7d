"""The internal certificate authority: EC P-384, signing P-256 leafs (RFC 5280).

Two kinds of leafs, told apart by their extended key usage, so that a node's certificate never passes for the
control plane's: `serverAuth` for the listeners, `clientAuth` for nodes (CommonName = node id, 90 days).
"""
