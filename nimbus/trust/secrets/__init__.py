"""Secrets: values of a workspace that are kept sealed, and the master key that seals everything at rest.

Values are sealed with AES-256-GCM (NIST SP 800-38D), bound to their record: `KEY ID.BASE64(nonce, ciphertext,
tag)`.

    master key:  in the file --first line--> primary --a newer one is first--> old --no value names it--> retired
    secret:      versions 1, 2, 3 ... of which the newest is current; a rollback is a new version; five are kept

Invariants:
- A key is in the file, durably, before anything is sealed with it, and leaves the file after the last value that
  names it: in a write transaction, in which every other process that seals reads the file.
- Where re-encryption has got to is told by the values themselves, so that it goes on after a kill at any point.
- The value of a secret leaves in one way only, with its audit row committed first.
"""
