"""Virtual hosts, upstreams and templates as objects of a workspace: one implementation for the three.

An object has a name, labels and a current version. What it says is in its versions:

    version: 1, 2, 3 ...; immutable, with SHA-256, who made it, when and why; a rollback is a new version

Invariants:
- A version is checked before it is stored: whatever it was made of, its text can be written for every nginx that an
  edge may run, and no value of it changes the structure of that text.
- Within a workspace a name and port is answered by one virtual host. Which workspace has it on an edge is decided
  by the deploy.
- What a current version uses is there: an object that another uses cannot be deleted.
- Saving gives no node anything; a deploy does.
- A version says every field, also those with their usual values: another usual value changes no old version.
"""
