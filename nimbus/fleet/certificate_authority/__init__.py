"""The control plane's own certificate authority as operators see it: what it is, who still depends on the one
before it, and its change.

    one authority ── rotate ──> two: the new one signs, both are trusted ── retire ──> one

While there are two, nodes are told of both with the section `node`, and have new certificates signed by themselves.
Those that sleep trust the new authority by the old one's certificate of it (`nimbus.trust.pki.rollover`). The old
one ends when somebody says so, not by a date: then every node has moved, or is named and left behind on purpose.
"""
