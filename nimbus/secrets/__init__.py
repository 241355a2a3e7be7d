"""Secrets at rest: AES-256-GCM (NIST SP 800-38D) under the master key of the data directory."""
