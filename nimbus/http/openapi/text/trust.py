"""Fields of secrets and certificates."""

from __future__ import annotations

FIELDS = {
    "CaRotationRequest.alone": "confirms that no other control plane uses the database",
    "DependentNode.certificate": "its newest certificate is from the previous authority",
    "CaView.current": "the authority that signs now",
    "dependent": "nodes that would lose access if the previous authority were retired now",
    "dependent_nodes": "the first 100 of them, by name",
    "RetireQuery.force": "even if nodes depend on it",
    "CaView.nodes": "how many nodes there are that trust it",
    "CaView.previous": "the authority before, while it is trusted too; null: there is none",
    "CaView.rotated_at": "since when there are two, RFC 3339 in UTC; null: there is one",
    "CaCertificate.subject": "whom it names",
    "SecretComparison.same": "whether the value is that of the current version",
    "SecretComparison.version": "number of the current version",
    "told": "it has confirmed that it trusts the current authority",
    "adopted_at": "since when it was the primary key, or was found in use",
    "encoding": "encoding of `value`: text, or base64 for bytes",
    "field": "which field of it",
    "force": "even if something uses it",
    "in_file": "whether the master key file has it",
    "last_read_at": "when the value was last read, RFC 3339 in UTC",
    "note": "what the operator has to do; empty: nothing",
    "primary": "new values are encrypted with it",
    "references": "what uses it",
    "restored_from": "version whose value this one has, after a rollback",
    "unreadable": "values that were altered and cannot be decrypted",
    "values": "how many stored values are encrypted with it",
    "values_left": "values not yet encrypted with the primary key",
    "writable": "whether a rotation can write the master key file",
}
