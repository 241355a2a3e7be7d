"""What `nimbus help TOPIC` says: short guides for people at a terminal. The pages of docs/ say more."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """`text` has lines of 80 characters at most; commands are indented."""

    summary: str
    text: str


_JOIN = """\
Create a join token, then run the command that it prints on the new machine:

  nimbus node token --name web-1

The command downloads the agent from the control plane, checks it, joins the
machine and starts the service nimbus-agent. A token is valid once, for ten
minutes unless --ttl says otherwise.

If the setting enrolment is "approve", the node waits until you approve it:

  nimbus node list --approval waiting
  nimbus node approve web-1

To join a known node again, after its disk was replaced for example:

  nimbus node token --rejoin web-1

On the machine, "nimbus-agent doctor" says what is wrong and what to do."""

_SIGN_IN = """\
A profile holds the address of a control plane, its CA certificate and what to
sign in with. Profiles are saved in ~/.config/nimbus/profiles.json.

  nimbus login --api https://203.0.113.10:8443 --ca-digest SHA256
  nimbus login --browser        in the browser, with any method
  nimbus configure              with a key pair instead of a session
  nimbus whoami                 who you are and what you can do
  nimbus profile use staging    change the current profile

--profile NAME uses another profile for one command. NIMBUS_PROFILE,
NIMBUS_API, NIMBUS_CA, NIMBUS_TOKEN, NIMBUS_API_KEY, NIMBUS_ACCESS_KEY and
NIMBUS_SECRET_KEY override what the profile says."""

_WORKSPACES = """\
An organization has its own users, roles and workspaces. Nodes, tasks, secrets
and artifacts are in a workspace.

  nimbus organization create acme
  nimbus workspace create acme/prod
  nimbus workspace use acme/prod      look up names here from now on

-w ORG/NAME chooses a workspace for one command, -A looks in all of them.
NIMBUS_WORKSPACE does the same for a shell."""

_ACCESS = """\
A role is a named set of permissions. A grant gives a role to a user, a group
or a key, in an organization or in one workspace. Nothing is allowed without a
grant; administrators have full access to the control plane.

  nimbus iam list-roles
  nimbus iam create-user alice --email alice@example.com
  nimbus iam grant operator --user alice --workspace acme/prod
  nimbus iam grant admin --user alice --workspace acme/prod --until 2h
  nimbus iam can alice task:write workspace/acme/prod

"iam can" answers yes or no and names the grants that decide. To invite people
by mail: nimbus invite create ADDRESS --role ROLE. For programs, create a
service key: nimbus iam create-key ci --service --role viewer."""

_TASKS = """\
A task is one action on one node. An operation runs tasks on several nodes, in
steps, some nodes at the same time.

  nimbus task kinds
  nimbus task create --node web-1 --kind collect_facts --wait
  nimbus operation create refresh --kind collect_facts --label tier=web --plan
  nimbus operation create refresh --kind collect_facts --label tier=web --wait

An operation can be paused, resumed, cancelled, and cancelled with undo. Pass
secrets with --param KEY=@FILE, so that they appear in no process list."""

_MESH = """\
All nodes of an organization are in one encrypted WireGuard network, the mesh.
Packets go between nodes directly, or over a relay if no direct path works.

  nimbus mesh status            which pairs are direct, relayed, idle or down
  nimbus mesh history A B       round trips and loss over time
  nimbus why web-1 db-1         why two nodes reach each other, or do not

A policy limits which nodes reach each other:

  nimbus mesh policy test policy.toml
  nimbus mesh policy apply policy.toml

On a node, "nimbus-agent status" and "nimbus-agent doctor" show its side."""

_EDGE = """\
An edge is a node whose nginx serves what you deploy to it. Install nginx on
the node, then:

  nimbus edge add web-1
  nimbus upstream create app --server 10.0.0.5:8080
  nimbus vhost create www --domain example.com --no-tls --port 80 --upstream app

Saving a virtual host or an upstream makes a new version and changes no edge.
A deployment does:

  nimbus edge deploy --host www --plan      show what would change
  nimbus edge deploy --host www --canary    one edge first, then the others
  nimbus edge status                        which versions each edge serves

If nginx refuses a version, the edge keeps the one before. To take over what
nginx serves already:

  nimbus vhost import /etc/nginx/nginx.conf --dry-run

Every request that an edge answers is in the access logs:

  nimbus log search --status 5xx --since 1h
  nimbus log tail
  nimbus log summary --since 24h"""

_APPLY = """\
Describe organizations, workspaces, roles, users, groups, grants and secrets in
YAML documents, and apply them:

  nimbus diff -f shop/                 show what would change
  nimbus apply -f shop/                show it, ask, then change it
  nimbus apply -f shop/ --yes          without asking

What a document does not mention stays as it is. Applying twice changes
nothing. --prune --selector app=shop also deletes what has these labels and is
in no document. "nimbus diff" exits with 1 if there are changes."""

_SECRETS = """\
A secret is a value of a workspace that is stored encrypted. Every reading is
recorded in the audit log.

  nimbus secret create db-password             asks for the value
  nimbus secret create tls-key --from-file key.pem
  nimbus secret get db-password
  nimbus secret rollback db-password --to 3    restore an older version

A value is never given on the command line, where others can see it. The
master key encrypts all values: keep a copy of it apart from the database."""

_BACKUP = """\
The data directory, /var/lib/nimbus by default, holds everything: nimbus.db,
the certificate authority (pki/) and the master key (master.key). Keep a copy
of the master key apart from the database; one is useless without the other.

Nimbus copies the database into backups/ before each migration. To go back to
a copy, on the control plane's host:

  sudo systemctl stop nimbus-api
  sudo nimbus restore /var/lib/nimbus/backups/FILE
  sudo systemctl start nimbus-api

Changes since that copy are lost. The replaced files are kept beside it."""

_OUTPUT = """\
-o table is for people; -o wide shows more columns; -o json and -o yaml print
the data of the API for programs. -o csv, of every list, is for spreadsheets:
all columns, as RFC 4180 has it, and no cell that would run as a formula.
--watch refreshes a list every two seconds.
Tables are cut to the width of the terminal, and long ones use $PAGER;
--no-pager, a pipe or -o json print everything. NO_COLOR turns colours off.

Times in options (--since, --until): 30m, 2h, 7d, 2w ago; now, today,
yesterday; 2026-11-30; 2026-11-30T12:00:00Z. Dates begin at midnight UTC.

Exit status:
  0    success
  1    the command failed ("iam can": no; "diff": there are changes)
  2    wrong usage
  3    not signed in, or not permitted
  4    not found
  130  interrupted with Ctrl-C

An error is one line that says what failed and what to do next, with a code
that docs/troubleshooting.md explains."""

TOPICS = {
    "join": Topic("add machines as nodes", _JOIN),
    "sign-in": Topic("profiles, login and keys", _SIGN_IN),
    "workspaces": Topic("organizations and workspaces", _WORKSPACES),
    "access": Topic("users, roles and grants", _ACCESS),
    "tasks": Topic("run something on nodes", _TASKS),
    "mesh": Topic("the network between nodes", _MESH),
    "edge": Topic("serve websites with nginx on nodes, and read their access logs", _EDGE),
    "apply": Topic("YAML documents", _APPLY),
    "secrets": Topic("store and use secret values", _SECRETS),
    "backup": Topic("copies of the control plane, and how to restore one", _BACKUP),
    "output": Topic("output formats, times and exit status", _OUTPUT),
}
