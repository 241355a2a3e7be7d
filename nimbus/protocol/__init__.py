"""What the control plane and the agent share.

Message types and task kinds first; then the few conventions that both executables follow (errors,
settings, files that hold secrets, readiness). The agent imports nothing else of `nimbus` but `wireguard`.
"""
