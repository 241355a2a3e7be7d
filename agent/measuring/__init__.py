"""Ways of the mesh measured without anybody asking, a few at a time, and told with the heartbeats.

Measuring opens nothing: a way whose WireGuard session has ended, and on which nothing is sent, is idle, and stays
so. Nor is anything asked of a session that is nearly due to be renewed, for whatever is sent then renews it.
"""
