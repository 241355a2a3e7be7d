"""Deployments: versions of virtual hosts and upstreams become what edges serve, edge by edge.

    request -> planned (pure: which version of what on which edge, files, problems) -> an operation of
    fleet/operations: one step an edge, the canary first, then waves; what fails stops the rest

    edge of a deployment: queued -> running -> served | partly | written
                                            -> refused | rolled_back | failed | cancelled
                          queued -> skipped   (an edge before it failed)

An edge's section is changed when its step begins, in that transaction: until then it is told nothing, so that a
failed canary reaches nobody else. When a step has failed, the section goes back to what the edge serves; an object
that nginx did not take goes back alone.

Invariants: a deployment changes nothing on an edge but the objects that it names, and what only these use; a name
and port of an edge is one virtual host's, and whoever asks for a taken one learns nothing of the other; what an
edge serves is what its report says, never what was ordered.
"""
