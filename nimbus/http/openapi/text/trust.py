"""Fields of secrets and certificates."""

from __future__ import annotations

FIELDS = {
    "CaRotationRequest.alone": "no other control plane runs on the database",
    "DependentNode.certificate": "its newest certificate is of the previous authority",
    "CaView.current": "the authority that signs now",
    "dependent": "how many nodes would be locked out if the previous authority ended now",
    "dependent_nodes": "the first 100 of them, by name",
    "RetireQuery.force": "also while nodes depend on it",
    "CaView.nodes": "how many nodes there are that trust it",
    "CaView.previous": "the authority before, while it is trusted too; null: there is none",
    "CaView.rotated_at": "since when there are two, RFC 3339 in UTC; null: there is one",
    "CaCertificate.subject": "whom it names",
    "told": "it has said that it knows the present authority",
    "adopted_at": "since when it was the primary, or was found in use",
    "encoding": "what `value` is written in: text, or base64 of bytes",
    "field": "which field of it",
    "force": "also when something uses it",
    "in_file": "whether the master key file has it",
    "last_read_at": "when the value was last read, RFC 3339 in UTC",
    "note": "what is for the operator to do; empty: nothing",
    "primary": "what is sealed from now on is sealed with it",
    "references": "what uses it",
    "restored_from": "version whose value this one has, after a rollback",
    "unreadable": "values that were altered, and stay as they are",
    "values": "how many stored values are sealed with it",
    "values_left": "values not yet sealed with the primary",
    "writable": "whether a rotation can write the master key file",
}
