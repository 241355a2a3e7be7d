"""The names of the mesh's members, answered on this node's address in the mesh, port 53.

    zone.py      what there is to answer: names and addresses of the members that this node knows
    answers.py   one query, as bytes, and its answer
    server.py    sockets
    resolved.py  the host's own lookups of these names, through systemd-resolved, where that is asked for

It answers for `nimbus.internal` and the addresses of the mesh alone, to members and this machine alone, and asks
nobody else. The host's resolver is left as it is unless the setting `mesh_dns` says `resolved`.
"""
