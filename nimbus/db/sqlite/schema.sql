CREATE TABLE acme_accounts (
    id TEXT PRIMARY KEY,
    directory TEXT NOT NULL,
    external_key_id TEXT NOT NULL,
    uri TEXT NOT NULL,
    sealed_key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (directory, external_key_id)
);

CREATE TABLE artifact_uploads (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    cpu TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    content_type TEXT NOT NULL,
    description TEXT NOT NULL,
    labels TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    touched_at INTEGER NOT NULL,
    UNIQUE (workspace_id, name, version, cpu, sha256, size)
);

CREATE TABLE artifacts (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    cpu TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    content_type TEXT NOT NULL,
    description TEXT NOT NULL,
    labels TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    damage TEXT NOT NULL,
    UNIQUE (workspace_id, name, version, cpu)
);

CREATE TABLE audit_chain (
    id INTEGER PRIMARY KEY,
    key_id TEXT NOT NULL REFERENCES audit_keys (id),
    anchor_sequence INTEGER NOT NULL,
    anchor_hash TEXT NOT NULL,
    anchor_mac TEXT NOT NULL,
    head_sequence INTEGER NOT NULL,
    head_hash TEXT NOT NULL,
    head_mac TEXT NOT NULL
);

CREATE TABLE audit_destination_progress (
    destination_id TEXT PRIMARY KEY REFERENCES audit_destinations (id),
    cursor         INTEGER NOT NULL,
    sent           INTEGER NOT NULL,
    missed         INTEGER NOT NULL,
    attempts       INTEGER NOT NULL,
    due_at         INTEGER NOT NULL,
    failing_since  INTEGER,
    last_sent_at   INTEGER,
    problem        TEXT NOT NULL
) STRICT;

CREATE TABLE audit_destinations (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    target        TEXT NOT NULL,
    ca_pem        TEXT NOT NULL,
    sealed_secret TEXT NOT NULL,
    enabled       INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    revision      INTEGER NOT NULL
) STRICT;

CREATE TABLE audit_keys (
    id TEXT PRIMARY KEY,
    sealed_key TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

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
, organization_id TEXT, hash TEXT NOT NULL DEFAULT '');

CREATE TABLE certificate_issuances (
    certificate_id TEXT PRIMARY KEY REFERENCES certificates (id),
    domains TEXT NOT NULL,
    challenge TEXT NOT NULL,
    key_type TEXT NOT NULL,
    renew_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    account_id TEXT NOT NULL,
    order_url TEXT NOT NULL,
    sealed_key TEXT NOT NULL,
    tokens TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    problem TEXT NOT NULL
);

CREATE TABLE certificate_versions (
    certificate_id TEXT NOT NULL REFERENCES certificates (id),
    number INTEGER NOT NULL,
    chain TEXT NOT NULL,
    sealed_key TEXT NOT NULL,
    names TEXT NOT NULL,
    key_type TEXT NOT NULL,
    serial TEXT NOT NULL,
    issuer TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (certificate_id, number)
);

CREATE TABLE certificates (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    labels TEXT NOT NULL,
    version INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    warned_days INTEGER,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (workspace_id, name)
);

CREATE TABLE cli_grants (
    code_hash TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    challenge TEXT NOT NULL,
    expires_at INTEGER NOT NULL
);

CREATE TABLE clock_marks (at INTEGER PRIMARY KEY);

CREATE TABLE database_generation (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    lineage TEXT NOT NULL,
    number INTEGER NOT NULL
);

CREATE TABLE edge_challenge_revisions (
    node_id TEXT PRIMARY KEY REFERENCES nodes (id),
    revision INTEGER NOT NULL
);

CREATE TABLE edge_challenges (
    node_id TEXT NOT NULL REFERENCES nodes (id),
    token TEXT NOT NULL,
    key_authorization TEXT NOT NULL,
    PRIMARY KEY (node_id, token)
);

CREATE TABLE edge_claims (
    node_id TEXT NOT NULL REFERENCES nodes (id),
    name TEXT NOT NULL,
    port INTEGER NOT NULL,
    owner TEXT NOT NULL,
    PRIMARY KEY (node_id, name, port)
);

CREATE TABLE edge_deployment_nodes (
    deployment_id TEXT NOT NULL REFERENCES edge_deployments (id) ON DELETE CASCADE,
    node_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    wave INTEGER NOT NULL,
    state TEXT NOT NULL,
    generation INTEGER NOT NULL,
    planned TEXT NOT NULL,
    before TEXT NOT NULL,
    message TEXT NOT NULL,
    objects TEXT NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (deployment_id, node_id)
);

CREATE TABLE edge_deployments (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    operation_id TEXT NOT NULL,
    objects TEXT NOT NULL,
    canary INTEGER NOT NULL,
    wave INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
);

CREATE TABLE edge_drained (
    node_id TEXT PRIMARY KEY,
    since INTEGER NOT NULL
);

CREATE TABLE edge_entries (
    node_id TEXT NOT NULL REFERENCES nodes (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    owner TEXT NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    is_gone INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (node_id, kind, name)
);

CREATE TABLE edge_host_names (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    port INTEGER NOT NULL,
    object_id TEXT NOT NULL REFERENCES edge_objects (id),
    PRIMARY KEY (workspace_id, name, port)
);

CREATE TABLE edge_node_servers (
    target_id TEXT NOT NULL,
    node_id TEXT NOT NULL REFERENCES nodes (id),
    name TEXT NOT NULL,
    PRIMARY KEY (target_id, node_id, name)
);

CREATE TABLE edge_nodes (
    node_id TEXT PRIMARY KEY REFERENCES nodes (id),
    settings TEXT NOT NULL,
    shared_with TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
);

CREATE TABLE edge_objects (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    labels TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (workspace_id, kind, name)
);

CREATE TABLE edge_references (
    object_id TEXT NOT NULL REFERENCES edge_objects (id),
    field TEXT NOT NULL,
    kind TEXT NOT NULL,
    reference_id TEXT NOT NULL,
    PRIMARY KEY (object_id, field)
);

CREATE TABLE edge_reports (
    node_id TEXT PRIMARY KEY REFERENCES edge_nodes (node_id) ON DELETE CASCADE,
    reported_at INTEGER NOT NULL,
    report TEXT NOT NULL
);

CREATE TABLE edge_sections (
    node_id TEXT PRIMARY KEY REFERENCES nodes (id),
    revision INTEGER NOT NULL,
    kept_from INTEGER NOT NULL,
    is_edge INTEGER NOT NULL,
    settings TEXT NOT NULL,
    settings_revision INTEGER NOT NULL,
    head TEXT NOT NULL
);

CREATE TABLE edge_served (
    node_id TEXT NOT NULL REFERENCES nodes (id),
    owner TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    wanted INTEGER NOT NULL,
    served INTEGER NOT NULL,
    problem TEXT NOT NULL,
    line INTEGER NOT NULL,
    deployment_id TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (node_id, owner)
);

CREATE TABLE edge_texts (
    sha256 TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    used_at INTEGER NOT NULL
);

CREATE TABLE edge_versions (
    object_id TEXT NOT NULL REFERENCES edge_objects (id),
    number INTEGER NOT NULL,
    spec TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    summary TEXT NOT NULL,
    restored_from INTEGER,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (object_id, number)
);

CREATE TABLE event_cursor (
    id INTEGER PRIMARY KEY,
    newest INTEGER NOT NULL,
    pruned_through INTEGER NOT NULL
);

CREATE TABLE events (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    resource_kind TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    resource_name TEXT NOT NULL,
    workspace_id TEXT,
    organization_id TEXT,
    permission TEXT NOT NULL,
    data TEXT NOT NULL
, node_id TEXT);

CREATE TABLE external_identities (
    provider_id TEXT NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    last_login_at INTEGER NOT NULL,
    PRIMARY KEY (provider_id, issuer, subject)
);

CREATE TABLE firewall_revisions (
    node_id TEXT PRIMARY KEY REFERENCES nodes (id),
    revision INTEGER NOT NULL
);

CREATE TABLE firewall_rules (
    id TEXT PRIMARY KEY,
    node_id TEXT NOT NULL REFERENCES nodes (id),
    resource TEXT NOT NULL,
    protocol TEXT NOT NULL,
    first_port INTEGER NOT NULL,
    last_port INTEGER NOT NULL,
    sources TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (node_id, resource, protocol, first_port, last_port, sources)
);

CREATE TABLE group_members (
    group_id TEXT NOT NULL REFERENCES groups (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    source TEXT NOT NULL,
    PRIMARY KEY (group_id, user_id)
);

CREATE TABLE groups (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    labels TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (organization_id, name)
);

CREATE TABLE idempotency_keys (
    principal TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    sealed_fingerprint TEXT NOT NULL,
    status INTEGER,
    sealed_answer TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (principal, idempotency_key)
);

CREATE TABLE identity_providers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    display_name TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    sealed_client_secret TEXT NOT NULL,
    scopes TEXT NOT NULL,
    groups_claim TEXT NOT NULL,
    username_claim TEXT NOT NULL,
    group_mapping TEXT NOT NULL,
    organization_id TEXT REFERENCES organizations (id) ON DELETE SET NULL,
    sign_up TEXT NOT NULL,
    link_by_email INTEGER NOT NULL,
    require_verified_email INTEGER NOT NULL,
    email_domains TEXT NOT NULL,
    ca_pem TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    labels TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
);

CREATE TABLE invites (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    workspace_id TEXT REFERENCES workspaces (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    role_id TEXT NOT NULL,
    group_ids TEXT NOT NULL,
    message TEXT NOT NULL,
    labels TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    invited_by_kind TEXT NOT NULL,
    invited_by_id TEXT NOT NULL,
    invited_by_name TEXT NOT NULL,
    sent INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    accepted_at INTEGER,
    accepted_by TEXT,
    revoked_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
);

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
, approval TEXT NOT NULL DEFAULT '', uses INTEGER NOT NULL DEFAULT 1, used INTEGER NOT NULL DEFAULT 0, parent_id TEXT NOT NULL DEFAULT '', mtu INTEGER NOT NULL DEFAULT 0, revoked_by TEXT NOT NULL DEFAULT '');

CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    organization_id TEXT REFERENCES organizations (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    user_id TEXT REFERENCES users (id),
    access_key TEXT NOT NULL UNIQUE,
    sealed_secret TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    previous_access_key TEXT NOT NULL,
    previous_sealed_secret TEXT NOT NULL,
    previous_secret_hash TEXT NOT NULL,
    previous_until INTEGER,
    workspace_id TEXT REFERENCES workspaces (id),
    role_id TEXT,
    tenant TEXT NOT NULL,
    labels TEXT NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    last_used_from TEXT NOT NULL,
    rotated_at INTEGER,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revoked_at INTEGER,
    revision INTEGER NOT NULL
);

CREATE TABLE leaders (
    name TEXT PRIMARY KEY,
    process TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    until INTEGER NOT NULL
, authority TEXT NOT NULL DEFAULT '');

CREATE TABLE live_settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    changed_by TEXT NOT NULL
);

CREATE TABLE mail_settings (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    enabled INTEGER NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    security TEXT NOT NULL,
    username TEXT NOT NULL,
    sealed_password TEXT NOT NULL,
    from_address TEXT NOT NULL,
    from_name TEXT NOT NULL,
    ca_pem TEXT NOT NULL,
    timeout_s REAL NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
);

CREATE TABLE master_keys (
    key_id TEXT PRIMARY KEY,
    adopted_at INTEGER NOT NULL,
    adopted_by TEXT NOT NULL,
    retired_at INTEGER
);

CREATE TABLE mesh_addresses (
    address INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    released_at INTEGER
, owned_since INTEGER NOT NULL DEFAULT 0);

CREATE TABLE mesh_candidates (
    node_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    public_key TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL UNIQUE,
    endpoint TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE mesh_history (
    node_id TEXT NOT NULL,
    step INTEGER NOT NULL,
    start INTEGER NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (node_id, step, start)
);

CREATE TABLE mesh_peers (
    node_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    public_key TEXT NOT NULL,
    address TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    revision INTEGER NOT NULL,
    entered INTEGER NOT NULL DEFAULT 0,
    removed_at INTEGER,
    more_endpoints TEXT NOT NULL DEFAULT '', workspace TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (node_id, scope)
);

CREATE TABLE mesh_policies (
    organization_id TEXT PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
    document TEXT NOT NULL,
    revision INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL
);

CREATE TABLE mesh_probes (
    node_id TEXT PRIMARY KEY,
    measured_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    measured BLOB NOT NULL,
    direct BLOB NOT NULL,
    relayed BLOB NOT NULL,
    hub_rtt_ms REAL,
    rtt_ms REAL,
    packed BLOB NOT NULL,
    whole TEXT NOT NULL
, idle BLOB NOT NULL DEFAULT x'', oldest_at INTEGER NOT NULL DEFAULT 0);

CREATE TABLE mesh_provisional_peers (
    token_id TEXT PRIMARY KEY,
    public_key TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE mesh_scopes (
    scope TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    checksum TEXT NOT NULL,
    forgotten_before INTEGER NOT NULL
, matched TEXT NOT NULL DEFAULT '[]', seen_anew INTEGER NOT NULL DEFAULT 0);

CREATE TABLE mesh_state (
    id INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL
);

CREATE TABLE metric_fleet (
    workspace_id TEXT NOT NULL,
    start INTEGER NOT NULL,
    samples BLOB NOT NULL,
    PRIMARY KEY (workspace_id, start)
);

CREATE TABLE metric_minutes (
    node_id TEXT NOT NULL,
    start INTEGER NOT NULL,
    samples BLOB NOT NULL,
    PRIMARY KEY (node_id, start)
);

CREATE TABLE metric_samples (
    node_id TEXT NOT NULL,
    start INTEGER NOT NULL,
    samples BLOB NOT NULL,
    PRIMARY KEY (node_id, start)
);

CREATE TABLE node_certificates (
    serial TEXT PRIMARY KEY,
    node_id TEXT NOT NULL REFERENCES nodes (id),
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
, fingerprint TEXT NOT NULL DEFAULT '');

CREATE TABLE node_reports (
    node_id TEXT PRIMARY KEY REFERENCES nodes (id) ON DELETE CASCADE,
    last_seen_at INTEGER NOT NULL,
    report TEXT NOT NULL
, cpu_percent REAL, memory_percent REAL, disk_percent REAL);

CREATE TABLE node_section (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,
    checksum TEXT NOT NULL
);

CREATE TABLE node_session_keys (
    id TEXT PRIMARY KEY,
    node_id TEXT NOT NULL REFERENCES nodes (id),
    role TEXT NOT NULL,
    sealed_secret TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    ended_at INTEGER
);

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
    state_since INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
, revision INTEGER NOT NULL DEFAULT 1, auth TEXT NOT NULL DEFAULT 'mtls', approval TEXT NOT NULL DEFAULT 'approved', mesh_key TEXT NOT NULL DEFAULT '', wanted_port INTEGER NOT NULL DEFAULT 0, wanted_mtu INTEGER NOT NULL DEFAULT 0, wanted_changes INTEGER NOT NULL DEFAULT 0, maintenance_reason TEXT NOT NULL DEFAULT '', maintenance_by TEXT NOT NULL DEFAULT '', maintenance_since INTEGER, maintenance_until INTEGER, description TEXT NOT NULL DEFAULT '', os TEXT NOT NULL DEFAULT '', facts_at INTEGER);

CREATE TABLE notification_cursor (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sequence INTEGER NOT NULL
);

CREATE TABLE notification_items (
    recipient TEXT NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    line TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (recipient, source)
);

CREATE TABLE notification_mails (
    recipient TEXT PRIMARY KEY,
    last_at INTEGER NOT NULL
);

CREATE TABLE notification_settings (
    place TEXT PRIMARY KEY,
    recipients TEXT NOT NULL,
    kinds TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
);

CREATE TABLE notification_tallies (
    account TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    since INTEGER NOT NULL,
    told_at INTEGER NOT NULL
);

CREATE TABLE operation_secret_values (
    operation_id TEXT NOT NULL REFERENCES operations (id),
    step TEXT NOT NULL,
    sealed_values TEXT NOT NULL,
    PRIMARY KEY (operation_id, step)
);

CREATE TABLE operation_steps (
    operation_id TEXT NOT NULL REFERENCES operations (id),
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    planned TEXT NOT NULL,
    state TEXT NOT NULL,
    task_id TEXT,
    undo_task_id TEXT,
    cancel_requested INTEGER NOT NULL,
    error_code TEXT NOT NULL,
    error TEXT NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    PRIMARY KEY (operation_id, name)
);

CREATE TABLE operations (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    parameters TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL
, state TEXT NOT NULL DEFAULT 'running', intent TEXT NOT NULL DEFAULT 'run', at_once INTEGER NOT NULL DEFAULT 0, failure_budget INTEGER NOT NULL DEFAULT 0, canaries INTEGER NOT NULL DEFAULT 0, ended_at INTEGER);

CREATE TABLE organizations (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
, description TEXT NOT NULL DEFAULT '', labels TEXT NOT NULL DEFAULT '{}', cross_workspace_visibility INTEGER NOT NULL DEFAULT 0, updated_at INTEGER NOT NULL DEFAULT 0, revision INTEGER NOT NULL DEFAULT 1, require_second_factor INTEGER NOT NULL DEFAULT 0);

CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    purpose TEXT NOT NULL,
    reference TEXT NOT NULL,
    sealed_content TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    finished_at INTEGER,
    answer TEXT NOT NULL
);

CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    credential_id TEXT NOT NULL UNIQUE,
    public_key TEXT NOT NULL,
    sign_count INTEGER NOT NULL,
    name TEXT NOT NULL,
    transports TEXT NOT NULL,
    backed_up INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    revision INTEGER NOT NULL
);

CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES users (id),
    code_hash TEXT NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE refresh_tokens (
    token_hash TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id),
    created_at INTEGER NOT NULL,
    spent_at INTEGER
);

CREATE TABLE relay_cursor (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    newest INTEGER NOT NULL,
    pruned_through INTEGER NOT NULL
);

CREATE TABLE relayed_events (
    id INTEGER PRIMARY KEY,
    process TEXT NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL
);

CREATE TABLE role_bindings (
    id TEXT PRIMARY KEY,
    role_id TEXT NOT NULL,
    principal_kind TEXT NOT NULL,
    principal_id TEXT NOT NULL,
    scope_kind TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    workspace_id TEXT REFERENCES workspaces (id),
    source TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL
, expires_at INTEGER);

CREATE TABLE roles (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    permissions TEXT NOT NULL,
    labels TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (organization_id, name)
);

CREATE TABLE schema_migrations (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at INTEGER NOT NULL
, oldest INTEGER NOT NULL DEFAULT 1000000);

CREATE TABLE secret_references (
    secret_id TEXT NOT NULL REFERENCES secrets (id),
    resource_kind TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    field TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (secret_id, resource_kind, resource_id, field)
);

CREATE TABLE secret_versions (
    secret_id TEXT NOT NULL REFERENCES secrets (id),
    version INTEGER NOT NULL,
    encoding TEXT NOT NULL,
    sealed_value TEXT NOT NULL,
    restored_from INTEGER,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (secret_id, version)
);

CREATE TABLE secrets (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    labels TEXT NOT NULL,
    version INTEGER NOT NULL,
    last_read_at INTEGER,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (workspace_id, name)
);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    methods TEXT NOT NULL,
    source TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    last_used_from TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    revoked_for TEXT NOT NULL
, authenticated_at INTEGER NOT NULL DEFAULT 0, parent_id TEXT);

CREATE TABLE setup_token (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    token_hash TEXT NOT NULL,
    expires_at INTEGER NOT NULL
);

CREATE TABLE sign_in_codes (
    id TEXT PRIMARY KEY,
    sealed_result TEXT NOT NULL,
    expires_at INTEGER NOT NULL
);

CREATE TABLE single_sign_on_sessions (
    session_id TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    provider_id TEXT NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    provider_session TEXT NOT NULL,
    sealed_id_token TEXT NOT NULL
);

CREATE TABLE spent_challenges (
    id TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
);

CREATE TABLE spent_sign_in_tickets (
    id TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
);

CREATE TABLE spent_signatures (
    signature TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
);

CREATE TABLE table_versions (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL
);

CREATE TABLE task_dependencies (
    task_id TEXT NOT NULL REFERENCES tasks (id),
    needs TEXT NOT NULL REFERENCES tasks (id),
    PRIMARY KEY (task_id, needs)
);

CREATE TABLE task_log (
    task_id TEXT NOT NULL REFERENCES tasks (id),
    attempt INTEGER NOT NULL,
    line INTEGER NOT NULL,
    at INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (task_id, attempt, line)
);

CREATE TABLE task_secret_values (
    task_id TEXT NOT NULL REFERENCES tasks (id),
    part TEXT NOT NULL,
    sealed_values TEXT NOT NULL,
    PRIMARY KEY (task_id, part)
);

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
, retry_of TEXT, operation_id TEXT REFERENCES operations (id), log_lines INTEGER NOT NULL DEFAULT 0, log_bytes INTEGER NOT NULL DEFAULT 0, log_is_cut INTEGER NOT NULL DEFAULT 0);

CREATE TABLE token_keys (
    id TEXT PRIMARY KEY,
    sealed_key TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE totp_factors (
    user_id TEXT PRIMARY KEY REFERENCES users (id),
    sealed_secret TEXT NOT NULL,
    last_step INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    confirmed_at INTEGER
);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    is_admin INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    disabled_at INTEGER
, organization_id TEXT REFERENCES organizations (id), display_name TEXT NOT NULL DEFAULT '', email TEXT NOT NULL DEFAULT '', labels TEXT NOT NULL DEFAULT '{}', password_hash TEXT NOT NULL DEFAULT '', password_changed_at INTEGER, must_change_password INTEGER NOT NULL DEFAULT 0, last_login_at INTEGER, updated_at INTEGER NOT NULL DEFAULT 0, revision INTEGER NOT NULL DEFAULT 1, email_verified_at INTEGER);

CREATE TABLE workspaces (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL, description TEXT NOT NULL DEFAULT '', labels TEXT NOT NULL DEFAULT '{}', updated_at INTEGER NOT NULL DEFAULT 0, revision INTEGER NOT NULL DEFAULT 1,
    UNIQUE (organization_id, name)
);

CREATE INDEX acme_accounts_master_key ON acme_accounts (SUBSTR(sealed_key, 1, 17));

CREATE INDEX artifact_uploads_touched ON artifact_uploads (touched_at);

CREATE INDEX artifacts_sha256 ON artifacts (sha256);

CREATE INDEX audit_log_actor ON audit_log (actor_id);

CREATE INDEX audit_log_at ON audit_log (at);

CREATE INDEX audit_log_resource ON audit_log (resource_kind, resource_id);

CREATE INDEX audit_log_workspace ON audit_log (workspace_id);

CREATE INDEX certificate_issuances_master_key ON certificate_issuances (SUBSTR(sealed_key, 1, 17));

CREATE INDEX certificate_issuances_next ON certificate_issuances (next_at);

CREATE INDEX certificate_versions_master_key ON certificate_versions (SUBSTR(sealed_key, 1, 17));

CREATE INDEX certificates_end ON certificates (not_after);

CREATE INDEX edge_claims_of ON edge_claims (owner, node_id);

CREATE INDEX edge_deployment_nodes_running ON edge_deployment_nodes (node_id) WHERE state = 'running';

CREATE INDEX edge_deployments_of_operation ON edge_deployments (operation_id);

CREATE INDEX edge_deployments_of_workspace ON edge_deployments (workspace_id, created_at);

CREATE INDEX edge_deployments_open ON edge_deployments (created_at) WHERE ended_at IS NULL;

CREATE INDEX edge_entries_certificate ON edge_entries (name) WHERE kind = 'certificate';

CREATE INDEX edge_entries_changed ON edge_entries (node_id, revision);

CREATE INDEX edge_entries_owner ON edge_entries (owner);

CREATE INDEX edge_entries_text ON edge_entries (sha256) WHERE sha256 <> '';

CREATE INDEX edge_host_names_of ON edge_host_names (object_id);

CREATE INDEX edge_node_servers_of_edge ON edge_node_servers (node_id, name);

CREATE INDEX edge_references_used ON edge_references (kind, reference_id);

CREATE INDEX edge_served_of ON edge_served (workspace_id, owner);

CREATE INDEX events_of_node ON events (node_id, sequence) WHERE node_id IS NOT NULL;

CREATE INDEX external_identities_user ON external_identities (user_id);

CREATE INDEX group_members_user ON group_members (user_id);

CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

CREATE INDEX invites_email ON invites (email);

CREATE INDEX invites_organization ON invites (organization_id, created_at);

CREATE INDEX invites_workspace ON invites (workspace_id);

CREATE INDEX join_tokens_claimed ON join_tokens (parent_id) WHERE parent_id <> '';

CREATE INDEX join_tokens_closed ON join_tokens (closed_at) WHERE closed_at IS NOT NULL;

CREATE INDEX join_tokens_open ON join_tokens (expires_at) WHERE closed_at IS NULL;

CREATE UNIQUE INDEX keys_name ON keys (COALESCE(user_id, organization_id), name) WHERE revoked_at IS NULL;

CREATE INDEX keys_previous ON keys (previous_access_key) WHERE previous_access_key <> '';

CREATE INDEX keys_user ON keys (user_id);

CREATE INDEX mesh_history_by_start ON mesh_history (step, start);

CREATE UNIQUE INDEX mesh_peers_address ON mesh_peers (address) WHERE removed_at IS NULL;

CREATE UNIQUE INDEX mesh_peers_key ON mesh_peers (public_key) WHERE removed_at IS NULL;

CREATE INDEX mesh_peers_newest ON mesh_peers (revision);

CREATE INDEX mesh_peers_removed ON mesh_peers (removed_at) WHERE removed_at IS NOT NULL;

CREATE INDEX mesh_peers_revision ON mesh_peers (scope, revision);

CREATE UNIQUE INDEX mesh_provisional_peers_key ON mesh_provisional_peers (public_key);

CREATE INDEX metric_minutes_start ON metric_minutes (start);

CREATE INDEX metric_samples_start ON metric_samples (start);

CREATE INDEX node_certificates_expiry ON node_certificates (expires_at);

CREATE INDEX node_certificates_node ON node_certificates (node_id);

CREATE INDEX node_certificates_valid ON node_certificates (node_id, expires_at) WHERE revoked_at IS NULL;

CREATE UNIQUE INDEX node_session_keys_role ON node_session_keys (node_id, role) WHERE ended_at IS NULL;

CREATE INDEX nodes_deleted ON nodes (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE INDEX nodes_listed ON nodes (
    (SUBSTR(name, 1, LENGTH(name) - LENGTH(LTRIM(name, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'))) || SUBSTR('123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz~', LENGTH(LTRIM(name, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.')) - LENGTH(LTRIM(LTRIM(name, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), '0123456789')), 1) || SUBSTR(LTRIM(name, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), 1, LENGTH(LTRIM(name, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.')) - LENGTH(LTRIM(LTRIM(LTRIM(name, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), '0123456789'), 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'))) || SUBSTR('123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz~', LENGTH(LTRIM(LTRIM(LTRIM(name, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), '0123456789'), 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.')) - LENGTH(LTRIM(LTRIM(LTRIM(LTRIM(name, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), '0123456789'), 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), '0123456789')), 1) || LTRIM(LTRIM(LTRIM(name, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), '0123456789'), 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.')),
    name, id, workspace_id
) WHERE deleted_at IS NULL;

CREATE INDEX nodes_maintenance_ends ON nodes (maintenance_until) WHERE maintenance_until IS NOT NULL;

CREATE UNIQUE INDEX nodes_mesh_key ON nodes (mesh_key) WHERE mesh_key <> '' AND deleted_at IS NULL;

CREATE UNIQUE INDEX nodes_name ON nodes (workspace_id, name) WHERE deleted_at IS NULL;

CREATE INDEX nodes_states ON nodes (workspace_id, state, maintenance, approval) WHERE deleted_at IS NULL;

CREATE INDEX operations_ended ON operations (ended_at) WHERE ended_at IS NOT NULL;

CREATE INDEX operations_newest ON operations (created_at, id);

CREATE INDEX operations_open ON operations (created_at) WHERE state IN ('running', 'paused', 'cancelling', 'undoing');

CREATE INDEX outbox_created ON outbox (created_at);

CREATE INDEX outbox_due ON outbox (state, due_at);

CREATE INDEX outbox_recipient ON outbox (recipient, created_at);

CREATE INDEX outbox_reference ON outbox (reference);

CREATE INDEX passkeys_user ON passkeys (user_id);

CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

CREATE INDEX role_bindings_ended ON role_bindings (expires_at) WHERE expires_at IS NOT NULL;

CREATE UNIQUE INDEX role_bindings_once
    ON role_bindings (principal_kind, principal_id, role_id, organization_id, COALESCE(workspace_id, ''));

CREATE INDEX role_bindings_role ON role_bindings (role_id);

CREATE INDEX role_bindings_scope ON role_bindings (organization_id, workspace_id);

CREATE INDEX secret_references_resource ON secret_references (resource_kind, resource_id);

CREATE INDEX secret_versions_master_key ON secret_versions (SUBSTR(sealed_value, 1, 17));

CREATE INDEX secrets_listed ON secrets (
    (SUBSTR(name, 1, LENGTH(name) - LENGTH(LTRIM(name, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'))) || SUBSTR('123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz~', LENGTH(LTRIM(name, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.')) - LENGTH(LTRIM(LTRIM(name, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), '0123456789')), 1) || SUBSTR(LTRIM(name, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), 1, LENGTH(LTRIM(name, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.')) - LENGTH(LTRIM(LTRIM(LTRIM(name, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), '0123456789'), 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'))) || SUBSTR('123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz~', LENGTH(LTRIM(LTRIM(LTRIM(name, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), '0123456789'), 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.')) - LENGTH(LTRIM(LTRIM(LTRIM(LTRIM(name, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), '0123456789'), 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), '0123456789')), 1) || LTRIM(LTRIM(LTRIM(name, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), '0123456789'), 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.')),
    name, id
);

CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE INDEX sessions_parent ON sessions (parent_id) WHERE parent_id IS NOT NULL;

CREATE INDEX sessions_user ON sessions (user_id);

CREATE INDEX sign_in_codes_expiry ON sign_in_codes (expires_at);

CREATE INDEX single_sign_on_sessions_subject ON single_sign_on_sessions (provider_id, subject);

CREATE INDEX spent_challenges_expiry ON spent_challenges (expires_at);

CREATE INDEX spent_sign_in_tickets_expiry ON spent_sign_in_tickets (expires_at);

CREATE INDEX spent_signatures_expiry ON spent_signatures (expires_at);

CREATE INDEX task_dependencies_needs ON task_dependencies (needs);

CREATE INDEX tasks_created ON tasks (created_at);

CREATE INDEX tasks_ended ON tasks (created_at, workspace_id, state) WHERE NOT state IN ('queued', 'running');

CREATE INDEX tasks_finished ON tasks (finished_at) WHERE finished_at IS NOT NULL;

CREATE INDEX tasks_kind ON tasks (kind, created_at);

CREATE INDEX tasks_node ON tasks (node_id);

CREATE INDEX tasks_node_created ON tasks (node_id, created_at);

CREATE INDEX tasks_of_operation ON tasks (operation_id) WHERE operation_id IS NOT NULL;

CREATE INDEX tasks_open ON tasks (node_id, due_at) WHERE state IN ('queued', 'running');

CREATE INDEX tasks_retry ON tasks (retry_of) WHERE retry_of IS NOT NULL;

CREATE INDEX users_address ON users (email) WHERE email <> '';

CREATE UNIQUE INDEX users_email ON users (email) WHERE email_verified_at IS NOT NULL;

CREATE INDEX users_listed ON users (
    (SUBSTR(username, 1, LENGTH(username) - LENGTH(LTRIM(username, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'))) || SUBSTR('123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz~', LENGTH(LTRIM(username, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.')) - LENGTH(LTRIM(LTRIM(username, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), '0123456789')), 1) || SUBSTR(LTRIM(username, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), 1, LENGTH(LTRIM(username, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.')) - LENGTH(LTRIM(LTRIM(LTRIM(username, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), '0123456789'), 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'))) || SUBSTR('123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz~', LENGTH(LTRIM(LTRIM(LTRIM(username, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), '0123456789'), 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.')) - LENGTH(LTRIM(LTRIM(LTRIM(LTRIM(username, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), '0123456789'), 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), '0123456789')), 1) || LTRIM(LTRIM(LTRIM(username, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.'), '0123456789'), 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.')),
    username
);

CREATE INDEX users_organization ON users (organization_id);
