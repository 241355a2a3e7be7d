"""nginx of a node that is an edge."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.directory import AgentDirectory
from agent.edge.desired import SECTION, DesiredEdge
from agent.node_section.settings import OwnSettings
from agent.state.documents import load_section
from agent.state.opening import read_copy
from nimbus.protocol.checkup.finding import Finding

_VERSION = re.compile(r"nginx/\d+\.\d+\.\d+", re.ASCII)


def edge(directory: AgentDirectory, own: OwnSettings) -> Iterator[Finding]:
    """Nothing is said of a node that is no edge."""
    section = read_copy(directory.state, lambda connection: load_section(connection, SECTION))
    desired = DesiredEdge(section)
    if not desired.is_edge:
        return
    from agent.edge.generations import Generations
    from agent.edge.nginx import LOADED_SOCKET, Nginx, NginxFailed
    from agent.edge.places import find

    mode = desired.document.settings.mode
    try:
        place, said = find(mode, directory.edge / LOADED_SOCKET, own.nginx, own.nginx_conf)
    except NginxFailed as error:
        yield Finding(False, "nginx", str(error))
        return
    version = found[0] if (found := _VERSION.search(said)) else "nginx"
    if not Nginx(place).runs:
        start = "systemctl start nginx" if mode == "systemd" else "nimbus edge nginx NODE start"
        yield Finding(False, "nginx", f"{version} does not run: nothing is served", f"Start it: {start}")
    else:
        yield Finding(True, "nginx", f"{version} runs")
    generations = Generations(place.conf_d)
    current = generations.current()
    if current is None:
        yield Finding(None, "nginx", "no generation of the edge is served yet")
    elif drift := generations.drift(current):
        yield Finding(
            None,
            "nginx",
            f"changed by hand in {current}: {', '.join(drift)}",
            "The next deploy writes what is wanted. See: nimbus edge drift NODE",
        )
