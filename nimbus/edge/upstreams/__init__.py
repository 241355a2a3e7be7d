"""Upstreams: pools of servers that virtual hosts send requests to.

A server is an address, a name, or a node. Names are resolved by the agent of each edge, and nodes are their
addresses in the mesh: nginx is given addresses only, so that a name that does not resolve never stops it. What
cannot be reached is written as `down`; an upstream whose servers are all down answers 502, and is no error.
"""
