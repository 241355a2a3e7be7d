"""The version of Nimbus and of the agent protocol."""

VERSION = "0.1.0"

# Raised when a message changes so that an older peer would misread it. The control plane serves the
# current protocol and the one before it.
PROTOCOL_VERSION = 1
