"""An HTTP proxy between this machine and the control plane, where networks let nothing else out (CONNECT, RFC 9110,
section 9.3.6): whose it is asked for, how it is asked, and what it may say against it.

It carries bytes of TLS and has no key of them. What goes through the mesh never goes through it.

Not to be mixed up with a proxy that ends TLS in front of the control plane (`agent.proxied_link`).
"""
