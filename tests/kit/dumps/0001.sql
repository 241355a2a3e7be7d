BEGIN TRANSACTION;
CREATE TABLE access_keys (
    access_key TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    sealed_secret TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
);
INSERT INTO "access_keys" VALUES('NKB85BC41C6DB8A42E726B','5d4c79d2-b938-437b-a2fa-383bd4a11430','fbbbb6de2aa74c3c.bP2FG9CZmQnOqHT9bmWH01X6KCWb/pKq1mUipGh8K7ArQaXdq/4Q8EonM1dO0pMsjdVGyN9LUGYrwFyF4mb0aOc/DGdCoxc=',1795229149000000,NULL);
CREATE TABLE audit_log (
    id TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    action TEXT NOT NULL,
    resource_kind TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    resource_name TEXT NOT NULL,
    workspace_id TEXT,
    source TEXT NOT NULL,
    request_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    diff TEXT NOT NULL
);
INSERT INTO "audit_log" VALUES('1bdaf3cf-d97e-4ab8-ba2e-4997e5b825bf',1,1795229149000000,'system','system','system','user.create','user','5d4c79d2-b938-437b-a2fa-383bd4a11430','admin',NULL,'','','ok','{"before":{},"after":{}}');
INSERT INTO "audit_log" VALUES('799698e8-1327-4495-adca-92632d31a60e',2,1795229149000000,'system','system','system','key.create','key','NKB85BC41C6DB8A42E726B','admin',NULL,'','','ok','{"before":{},"after":{}}');
INSERT INTO "audit_log" VALUES('0ad4336b-488e-4f46-a1e4-df372086b541',3,1795229149000000,'user','u-1','admin','join_token.create','join_token','a4afd3fb-4baf-48a5-ace9-d6e822bd7990','web-1','b177ca49-b6ba-45ae-9340-eef4801831a8','127.0.0.1','','ok','{"before":{},"after":{"expires_at":"2026-11-21T02:55:49.000000Z"}}');
INSERT INTO "audit_log" VALUES('91b53fa4-e128-47b0-a070-0c62406ea75d',4,1795229149000000,'node','a34e35e5-3c71-4113-b932-80cce79ed366','web-1','node.join','node','a34e35e5-3c71-4113-b932-80cce79ed366','web-1','b177ca49-b6ba-45ae-9340-eef4801831a8','192.0.2.1','r','ok','{"before":{},"after":{"hostname":"web-1.example.org"}}');
INSERT INTO "audit_log" VALUES('b6e8bc46-4da8-4e9d-8fa9-935d731ad0f1',5,1795229149000000,'user','u-1','admin','join_token.create','join_token','ded8c133-b59f-426b-b5de-2f999c7f3da3','web-2','b177ca49-b6ba-45ae-9340-eef4801831a8','127.0.0.1','','ok','{"before":{},"after":{"expires_at":"2026-11-21T02:55:49.000000Z"}}');
INSERT INTO "audit_log" VALUES('8f1e958c-e362-4ebd-816f-43090d6ce2ae',6,1795229149000000,'node','f9e63d72-210d-42b9-999c-2bafcba50e87','web-2','node.join','node','f9e63d72-210d-42b9-999c-2bafcba50e87','web-2','b177ca49-b6ba-45ae-9340-eef4801831a8','192.0.2.1','r','ok','{"before":{},"after":{"hostname":"web-1.example.org"}}');
INSERT INTO "audit_log" VALUES('50c2a9cc-8ca6-46e4-9276-0d38ffc3430e',7,1795229149000000,'user','u-1','admin','task.create','task','769fc6ee-a079-4043-8a2c-f8b4de1c5fbc','mesh_probe','b177ca49-b6ba-45ae-9340-eef4801831a8','127.0.0.1','','ok','{"before":{},"after":{"kind":"mesh_probe","parameters":{"count":3,"wait_ms":1000}}}');
INSERT INTO "audit_log" VALUES('db73d36c-a38e-4e6f-bfd5-9467eb5dcf31',8,1795229149000000,'user','u-1','admin','task.create','task','be8a04b5-ab28-42e1-a5c8-56e910ec23ef','mesh_probe','b177ca49-b6ba-45ae-9340-eef4801831a8','127.0.0.1','','ok','{"before":{},"after":{"kind":"mesh_probe","parameters":{"count":3,"wait_ms":1000}}}');
INSERT INTO "audit_log" VALUES('be5430c1-887f-4797-812c-870e7fa35dd8',9,1795229149000000,'user','u-1','admin','node.delete','node','f9e63d72-210d-42b9-999c-2bafcba50e87','web-2','b177ca49-b6ba-45ae-9340-eef4801831a8','127.0.0.1','','ok','{"before":{"name":"web-2"},"after":{}}');
CREATE TABLE join_tokens (
    id TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    labels TEXT NOT NULL,
    node_id TEXT REFERENCES nodes (id),
    provisional_key TEXT NOT NULL,
    overlay_ip TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    used_fingerprint TEXT NOT NULL,
    closed_at INTEGER
);
INSERT INTO "join_tokens" VALUES('a4afd3fb-4baf-48a5-ace9-d6e822bd7990','6acacc94cdda83af7d68ad661b3fc71466b424fb1853944def779e74196b6d9b','b177ca49-b6ba-45ae-9340-eef4801831a8','web-1','{"env":"prod"}','a34e35e5-3c71-4113-b932-80cce79ed366','C7vYWextN1V+oquLy0wlb9EWaV834YNdLwMITW8fDGE=','10.106.103.2','admin',1795229149000000,1795229749000000,1795229149000000,'c27ac3eca431f6f51f9d779428420c87361a4aa60735dabc35c886af9a533d53',NULL);
INSERT INTO "join_tokens" VALUES('ded8c133-b59f-426b-b5de-2f999c7f3da3','4a8ceab55f4d0f9b0adf43d2b454b688df70d1607aea7cc7fcea07b23a3c47b6','b177ca49-b6ba-45ae-9340-eef4801831a8','web-2','{"env":"prod"}','f9e63d72-210d-42b9-999c-2bafcba50e87','MZ3H/9vWFeb6vTwgDcr1OMM8eWzj8+mcIzO7MJZqnhM=','10.106.103.3','admin',1795229149000000,1795229749000000,1795229149000000,'d7d2ead8a71dd17d6ff712c5cb724c20c9c94bd9ac6af0531256eb115b67bc61',1795229149000000);
CREATE TABLE mesh_addresses (
    address INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    released_at INTEGER
);
INSERT INTO "mesh_addresses" VALUES(174745346,'a34e35e5-3c71-4113-b932-80cce79ed366',NULL);
INSERT INTO "mesh_addresses" VALUES(174745347,'f9e63d72-210d-42b9-999c-2bafcba50e87',1795229149000000);
CREATE TABLE mesh_peers (
    node_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    public_key TEXT NOT NULL,
    address TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    revision INTEGER NOT NULL,
    removed_at INTEGER
);
INSERT INTO "mesh_peers" VALUES('a34e35e5-3c71-4113-b932-80cce79ed366','web-1','jQSgZoBEI5tZv1YXOBrFXtJtvekcpvyebcRMZTrTq2Y=','10.106.103.2','',1,NULL);
INSERT INTO "mesh_peers" VALUES('f9e63d72-210d-42b9-999c-2bafcba50e87','web-2','jxJt0TkU5+ABppK/nxfKetnsejVUqyCJjCLTOIPTLiw=','10.106.103.3','',3,1795229149000000);
CREATE TABLE mesh_probes (
    node_id TEXT PRIMARY KEY,
    measured_at INTEGER NOT NULL,
    links TEXT NOT NULL
);
INSERT INTO "mesh_probes" VALUES('a34e35e5-3c71-4113-b932-80cce79ed366',1,'[]');
CREATE TABLE mesh_provisional_peers (
    token_id TEXT PRIMARY KEY,
    public_key TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
INSERT INTO "mesh_provisional_peers" VALUES('a4afd3fb-4baf-48a5-ace9-d6e822bd7990','C7vYWextN1V+oquLy0wlb9EWaV834YNdLwMITW8fDGE=','10.106.103.2',1795229149000000);
CREATE TABLE mesh_state (
    id INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL,
    checksum TEXT NOT NULL,
    forgotten_before INTEGER NOT NULL
);
INSERT INTO "mesh_state" VALUES(1,3,'ab9a9db0b79103225fb50054e011542713d22f977cc40aee1f37bc2b75100ad4',0);
CREATE TABLE node_certificates (
    serial TEXT PRIMARY KEY,
    node_id TEXT NOT NULL REFERENCES nodes (id),
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
);
INSERT INTO "node_certificates" VALUES('d25d0a642e8d92b1a6b46705e9331ae443a33c6','a34e35e5-3c71-4113-b932-80cce79ed366',1795229149000000,1803005149000000,NULL);
INSERT INTO "node_certificates" VALUES('bb91303427963eef790261fd8496281c96bdf9e','f9e63d72-210d-42b9-999c-2bafcba50e87',1795229149000000,1803005149000000,1795229149000000);
CREATE TABLE nodes (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    hostname TEXT NOT NULL,
    deployment_mode TEXT NOT NULL,
    version TEXT NOT NULL,
    public_ip TEXT NOT NULL,
    overlay_ip TEXT NOT NULL,
    state TEXT NOT NULL,
    maintenance INTEGER NOT NULL,
    capabilities TEXT NOT NULL,
    labels TEXT NOT NULL,
    facts TEXT NOT NULL,
    report TEXT NOT NULL,
    last_seen_at INTEGER,
    state_since INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
);
INSERT INTO "nodes" VALUES('a34e35e5-3c71-4113-b932-80cce79ed366','b177ca49-b6ba-45ae-9340-eef4801831a8','web-1','web-1.example.org','standalone','0.1.0','192.0.2.1','10.106.103.2','Online',0,'[]','{"env":"prod"}','{"hostname":"web-1.example.org","os":"Debian 12","kernel":"","architecture":"","cpu_model":"","cpu_count":4,"memory_bytes":0,"disks":[],"gpus":[],"addresses":[],"agent_version":"0.1.0","python_version":"","deployment_mode":"standalone","capabilities":[]}','{"metrics":{"cpu_percent":12.5,"load_1m":0.0,"memory_used_bytes":1,"memory_total_bytes":2,"disk_used_bytes":0,"disk_total_bytes":0,"network_rx_bytes":0,"network_tx_bytes":0,"uptime_s":0.0},"checks":[],"alerts":[],"applied":{}}',1795229149000000,1795229149000000,1795229149000000,1795229149000000,NULL);
INSERT INTO "nodes" VALUES('f9e63d72-210d-42b9-999c-2bafcba50e87','b177ca49-b6ba-45ae-9340-eef4801831a8','web-2','web-1.example.org','standalone','0.1.0','192.0.2.1','10.106.103.3','Pending',0,'[]','{"env":"prod"}','{"hostname":"web-1.example.org","os":"Debian 12","kernel":"","architecture":"","cpu_model":"","cpu_count":4,"memory_bytes":0,"disks":[],"gpus":[],"addresses":[],"agent_version":"0.1.0","python_version":"","deployment_mode":"standalone","capabilities":[]}','{"metrics":{"cpu_percent":0.0,"load_1m":0.0,"memory_used_bytes":0,"memory_total_bytes":0,"disk_used_bytes":0,"disk_total_bytes":0,"network_rx_bytes":0,"network_tx_bytes":0,"uptime_s":0.0},"checks":[],"alerts":[],"applied":{}}',NULL,1795229149000000,1795229149000000,1795229149000000,1795229149000000);
CREATE TABLE organizations (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
);
INSERT INTO "organizations" VALUES('7517043a-1bb1-456d-b2ad-3fc990f8cf08','default',1795229149000000);
CREATE TABLE schema_migrations (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at INTEGER NOT NULL
);
INSERT INTO "schema_migrations" VALUES(1,'foundation','69386c7a7bf7662b5ff285aee8c7fbb470a6306bb9901e69913a23a827b6ba6b',1795229149000000);
CREATE TABLE spent_signatures (
    signature TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
);
INSERT INTO "spent_signatures" VALUES('abc',9);
CREATE TABLE task_dependencies (
    task_id TEXT NOT NULL REFERENCES tasks (id),
    needs TEXT NOT NULL REFERENCES tasks (id),
    PRIMARY KEY (task_id, needs)
);
INSERT INTO "task_dependencies" VALUES('be8a04b5-ab28-42e1-a5c8-56e910ec23ef','769fc6ee-a079-4043-8a2c-f8b4de1c5fbc');
CREATE TABLE task_log (
    task_id TEXT NOT NULL REFERENCES tasks (id),
    attempt INTEGER NOT NULL,
    line INTEGER NOT NULL,
    at INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (task_id, attempt, line)
);
INSERT INTO "task_log" VALUES('769fc6ee-a079-4043-8a2c-f8b4de1c5fbc',1,0,1795229149000000,'x');
CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    node_id TEXT NOT NULL REFERENCES nodes (id),
    kind TEXT NOT NULL,
    parameters TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    timeout_s INTEGER NOT NULL,
    waiting_for INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    leased_until INTEGER,
    cancel_requested_at INTEGER,
    percent INTEGER,
    result TEXT,
    truncated INTEGER NOT NULL,
    error_code TEXT NOT NULL,
    error TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER
);
INSERT INTO "tasks" VALUES('769fc6ee-a079-4043-8a2c-f8b4de1c5fbc','b177ca49-b6ba-45ae-9340-eef4801831a8','a34e35e5-3c71-4113-b932-80cce79ed366','mesh_probe','{"count":3,"wait_ms":1000}','running',1,3,120,0,1795229149000000,NULL,NULL,NULL,NULL,0,'','','admin',1795229149000000,1795229149000000,NULL);
INSERT INTO "tasks" VALUES('be8a04b5-ab28-42e1-a5c8-56e910ec23ef','b177ca49-b6ba-45ae-9340-eef4801831a8','a34e35e5-3c71-4113-b932-80cce79ed366','mesh_probe','{"count":3,"wait_ms":1000}','queued',0,3,120,1,1795229149000000,NULL,NULL,NULL,NULL,0,'','','admin',1795229149000000,NULL,NULL);
CREATE TABLE users (
    id TEXT PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    is_admin INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    disabled_at INTEGER
);
INSERT INTO "users" VALUES('5d4c79d2-b938-437b-a2fa-383bd4a11430','admin',1,1795229149000000,NULL);
CREATE TABLE workspaces (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (organization_id, name)
);
INSERT INTO "workspaces" VALUES('b177ca49-b6ba-45ae-9340-eef4801831a8','7517043a-1bb1-456d-b2ad-3fc990f8cf08','default',1795229149000000);
CREATE INDEX audit_log_resource ON audit_log (resource_kind, resource_id);
CREATE INDEX spent_signatures_expiry ON spent_signatures (expires_at);
CREATE UNIQUE INDEX nodes_name ON nodes (workspace_id, name) WHERE deleted_at IS NULL;
CREATE INDEX node_certificates_node ON node_certificates (node_id);
CREATE INDEX join_tokens_open ON join_tokens (expires_at) WHERE closed_at IS NULL;
CREATE INDEX mesh_peers_revision ON mesh_peers (revision);
CREATE INDEX tasks_open ON tasks (node_id, due_at) WHERE state IN ('queued', 'running');
CREATE INDEX tasks_created ON tasks (created_at);
CREATE INDEX task_dependencies_needs ON task_dependencies (needs);
COMMIT;
