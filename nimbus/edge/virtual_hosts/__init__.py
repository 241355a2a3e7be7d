"""Virtual hosts: which names are answered on which port of which edges, and how.

What an operator says of one is its `VirtualHostSpec`; every change of it is a version. `configuration.py` makes
nginx's text of it in the dialect of an edge, by a template. Names belong to one virtual host per edge and port.
"""
