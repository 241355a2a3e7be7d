"""What a node shows to prove who it is: certificates, and session keys where a proxy ends TLS. A credential is
known, or ended, or unknown; unknown is not ended."""
