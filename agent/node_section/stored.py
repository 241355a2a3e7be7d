"""What applies of the section `node`, for commands beside the running agent. Blocks."""

from __future__ import annotations

from agent.directory import AgentDirectory, NodeRecord
from agent.node_section.desired import SECTION, DesiredNode
from agent.node_section.settings import NOTHING_SET, NodeSettings, OwnSettings, settings_of
from agent.state.documents import load_section
from agent.state.opening import read_copy


def stored_settings(
    directory: AgentDirectory, record: NodeRecord, own: OwnSettings = NOTHING_SET
) -> NodeSettings:
    """As it was told last; of a state file that cannot be read: as it joined."""
    section = read_copy(directory.state, lambda connection: load_section(connection, SECTION))
    return settings_of(record, DesiredNode(section, joined_at=record.joined_at).content, own)
