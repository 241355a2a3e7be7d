-- The schema as SQLite has it after its migrations 1 to 23. From here on both engines have a file of each number.
-- Times are microseconds since the Unix epoch; ids are UUIDs as text; JSON is text that only code reads; booleans are
-- 0 and 1. Text is compared byte by byte (COLLATE "C"), whatever the language of the server.

CREATE TABLE organizations (
    id text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    created_at bigint NOT NULL,
    description text COLLATE "C" NOT NULL DEFAULT '',
    labels text COLLATE "C" NOT NULL DEFAULT '{}',
    cross_workspace_visibility bigint NOT NULL DEFAULT 0,
    updated_at bigint NOT NULL DEFAULT 0,
    revision bigint NOT NULL DEFAULT 1
);

CREATE TABLE workspaces (
    id text COLLATE "C" PRIMARY KEY,
    organization_id text COLLATE "C" NOT NULL REFERENCES organizations (id),
    name text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    description text COLLATE "C" NOT NULL DEFAULT '',
    labels text COLLATE "C" NOT NULL DEFAULT '{}',
    updated_at bigint NOT NULL DEFAULT 0,
    revision bigint NOT NULL DEFAULT 1,
    UNIQUE (organization_id, name)
);

CREATE TABLE artifact_uploads (
    id text COLLATE "C" PRIMARY KEY,
    workspace_id text COLLATE "C" NOT NULL REFERENCES workspaces (id),
    name text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    cpu text COLLATE "C" NOT NULL,
    size bigint NOT NULL,
    sha256 text COLLATE "C" NOT NULL,
    content_type text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    labels text COLLATE "C" NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    touched_at bigint NOT NULL,
    UNIQUE (workspace_id, name, version, cpu, sha256, size)
);

CREATE TABLE artifacts (
    id text COLLATE "C" PRIMARY KEY,
    workspace_id text COLLATE "C" NOT NULL REFERENCES workspaces (id),
    name text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    cpu text COLLATE "C" NOT NULL,
    size bigint NOT NULL,
    sha256 text COLLATE "C" NOT NULL,
    content_type text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    labels text COLLATE "C" NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    revision bigint NOT NULL,
    damage text COLLATE "C" NOT NULL,
    UNIQUE (workspace_id, name, version, cpu)
);

CREATE TABLE audit_keys (
    id text COLLATE "C" PRIMARY KEY,
    sealed_key text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL
);

CREATE TABLE audit_chain (
    id bigint PRIMARY KEY,
    key_id text COLLATE "C" NOT NULL REFERENCES audit_keys (id),
    anchor_sequence bigint NOT NULL,
    anchor_hash text COLLATE "C" NOT NULL,
    anchor_mac text COLLATE "C" NOT NULL,
    head_sequence bigint NOT NULL,
    head_hash text COLLATE "C" NOT NULL,
    head_mac text COLLATE "C" NOT NULL
);

CREATE TABLE audit_log (
    id text COLLATE "C" PRIMARY KEY,
    sequence bigint NOT NULL UNIQUE,
    at bigint NOT NULL,
    actor_kind text COLLATE "C" NOT NULL,
    actor_id text COLLATE "C" NOT NULL,
    actor_name text COLLATE "C" NOT NULL,
    action text COLLATE "C" NOT NULL,
    resource_kind text COLLATE "C" NOT NULL,
    resource_id text COLLATE "C" NOT NULL,
    resource_name text COLLATE "C" NOT NULL,
    workspace_id text COLLATE "C",
    source text COLLATE "C" NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    outcome text COLLATE "C" NOT NULL,
    diff text COLLATE "C" NOT NULL,
    organization_id text COLLATE "C",
    hash text COLLATE "C" NOT NULL DEFAULT ''
);

CREATE TABLE users (
    id text COLLATE "C" PRIMARY KEY,
    username text COLLATE "C" NOT NULL UNIQUE,
    is_admin bigint NOT NULL,
    created_at bigint NOT NULL,
    disabled_at bigint,
    organization_id text COLLATE "C" REFERENCES organizations (id),
    display_name text COLLATE "C" NOT NULL DEFAULT '',
    email text COLLATE "C" NOT NULL DEFAULT '',
    labels text COLLATE "C" NOT NULL DEFAULT '{}',
    password_hash text COLLATE "C" NOT NULL DEFAULT '',
    password_changed_at bigint,
    must_change_password bigint NOT NULL DEFAULT 0,
    last_login_at bigint,
    updated_at bigint NOT NULL DEFAULT 0,
    revision bigint NOT NULL DEFAULT 1
);

CREATE TABLE sessions (
    id text COLLATE "C" PRIMARY KEY,
    user_id text COLLATE "C" NOT NULL REFERENCES users (id),
    methods text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    user_agent text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    last_used_at bigint NOT NULL,
    last_used_from text COLLATE "C" NOT NULL,
    expires_at bigint NOT NULL,
    revoked_at bigint,
    revoked_for text COLLATE "C" NOT NULL
);

CREATE TABLE cli_grants (
    code_hash text COLLATE "C" PRIMARY KEY,
    session_id text COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    challenge text COLLATE "C" NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE clock_marks (
    at bigint PRIMARY KEY
);

CREATE TABLE database_generation (
    id bigint PRIMARY KEY CHECK (id = 1),
    lineage text COLLATE "C" NOT NULL,
    number bigint NOT NULL
);

CREATE TABLE event_cursor (
    id bigint PRIMARY KEY,
    newest bigint NOT NULL,
    pruned_through bigint NOT NULL
);

CREATE TABLE events (
    sequence bigint PRIMARY KEY,
    at bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    resource_kind text COLLATE "C" NOT NULL,
    resource_id text COLLATE "C" NOT NULL,
    resource_name text COLLATE "C" NOT NULL,
    workspace_id text COLLATE "C",
    organization_id text COLLATE "C",
    permission text COLLATE "C" NOT NULL,
    data text COLLATE "C" NOT NULL,
    node_id text COLLATE "C"
);

CREATE TABLE identity_providers (
    id text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    kind text COLLATE "C" NOT NULL,
    display_name text COLLATE "C" NOT NULL,
    issuer text COLLATE "C" NOT NULL,
    client_id text COLLATE "C" NOT NULL,
    sealed_client_secret text COLLATE "C" NOT NULL,
    scopes text COLLATE "C" NOT NULL,
    groups_claim text COLLATE "C" NOT NULL,
    username_claim text COLLATE "C" NOT NULL,
    group_mapping text COLLATE "C" NOT NULL,
    organization_id text COLLATE "C" REFERENCES organizations (id) ON DELETE SET NULL,
    sign_up text COLLATE "C" NOT NULL,
    link_by_email bigint NOT NULL,
    require_verified_email bigint NOT NULL,
    email_domains text COLLATE "C" NOT NULL,
    ca_pem text COLLATE "C" NOT NULL,
    redirect_uri text COLLATE "C" NOT NULL,
    enabled bigint NOT NULL,
    labels text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    revision bigint NOT NULL
);

CREATE TABLE external_identities (
    provider_id text COLLATE "C" NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at bigint NOT NULL,
    last_login_at bigint NOT NULL,
    PRIMARY KEY (provider_id, issuer, subject)
);

CREATE TABLE nodes (
    id text COLLATE "C" PRIMARY KEY,
    workspace_id text COLLATE "C" NOT NULL REFERENCES workspaces (id),
    name text COLLATE "C" NOT NULL,
    hostname text COLLATE "C" NOT NULL,
    deployment_mode text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    public_ip text COLLATE "C" NOT NULL,
    overlay_ip text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    maintenance bigint NOT NULL,
    capabilities text COLLATE "C" NOT NULL,
    labels text COLLATE "C" NOT NULL,
    facts text COLLATE "C" NOT NULL,
    state_since bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    deleted_at bigint,
    revision bigint NOT NULL DEFAULT 1,
    auth text COLLATE "C" NOT NULL DEFAULT 'mtls',
    approval text COLLATE "C" NOT NULL DEFAULT 'approved',
    mesh_key text COLLATE "C" NOT NULL DEFAULT ''
);

CREATE TABLE firewall_revisions (
    node_id text COLLATE "C" PRIMARY KEY REFERENCES nodes (id),
    revision bigint NOT NULL
);

CREATE TABLE firewall_rules (
    id text COLLATE "C" PRIMARY KEY,
    node_id text COLLATE "C" NOT NULL REFERENCES nodes (id),
    resource text COLLATE "C" NOT NULL,
    protocol text COLLATE "C" NOT NULL,
    first_port bigint NOT NULL,
    last_port bigint NOT NULL,
    sources text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    UNIQUE (node_id, resource, protocol, first_port, last_port, sources)
);

CREATE TABLE groups (
    id text COLLATE "C" PRIMARY KEY,
    organization_id text COLLATE "C" NOT NULL REFERENCES organizations (id),
    name text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    labels text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    revision bigint NOT NULL,
    UNIQUE (organization_id, name)
);

CREATE TABLE group_members (
    group_id text COLLATE "C" NOT NULL REFERENCES groups (id),
    user_id text COLLATE "C" NOT NULL REFERENCES users (id),
    source text COLLATE "C" NOT NULL,
    PRIMARY KEY (group_id, user_id)
);

CREATE TABLE idempotency_keys (
    principal text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    sealed_fingerprint text COLLATE "C" NOT NULL,
    status bigint,
    sealed_answer text COLLATE "C" NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (principal, idempotency_key)
);

CREATE TABLE invites (
    id text COLLATE "C" PRIMARY KEY,
    organization_id text COLLATE "C" NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    workspace_id text COLLATE "C" REFERENCES workspaces (id) ON DELETE CASCADE,
    email text COLLATE "C" NOT NULL,
    role_id text COLLATE "C" NOT NULL,
    group_ids text COLLATE "C" NOT NULL,
    message text COLLATE "C" NOT NULL,
    labels text COLLATE "C" NOT NULL,
    token_hash text COLLATE "C" NOT NULL UNIQUE,
    invited_by_kind text COLLATE "C" NOT NULL,
    invited_by_id text COLLATE "C" NOT NULL,
    invited_by_name text COLLATE "C" NOT NULL,
    sent bigint NOT NULL,
    expires_at bigint NOT NULL,
    accepted_at bigint,
    accepted_by text COLLATE "C",
    revoked_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    revision bigint NOT NULL
);

CREATE TABLE join_tokens (
    id text COLLATE "C" PRIMARY KEY,
    secret_hash text COLLATE "C" NOT NULL UNIQUE,
    workspace_id text COLLATE "C" NOT NULL REFERENCES workspaces (id),
    name text COLLATE "C" NOT NULL,
    labels text COLLATE "C" NOT NULL,
    node_id text COLLATE "C" REFERENCES nodes (id),
    provisional_key text COLLATE "C" NOT NULL,
    overlay_ip text COLLATE "C" NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint,
    used_fingerprint text COLLATE "C" NOT NULL,
    closed_at bigint,
    approval text COLLATE "C" NOT NULL DEFAULT ''
);

CREATE TABLE keys (
    id text COLLATE "C" PRIMARY KEY,
    organization_id text COLLATE "C" REFERENCES organizations (id),
    name text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" REFERENCES users (id),
    access_key text COLLATE "C" NOT NULL UNIQUE,
    sealed_secret text COLLATE "C" NOT NULL,
    secret_hash text COLLATE "C" NOT NULL,
    previous_access_key text COLLATE "C" NOT NULL,
    previous_sealed_secret text COLLATE "C" NOT NULL,
    previous_secret_hash text COLLATE "C" NOT NULL,
    previous_until bigint,
    workspace_id text COLLATE "C" REFERENCES workspaces (id),
    role_id text COLLATE "C",
    tenant text COLLATE "C" NOT NULL,
    labels text COLLATE "C" NOT NULL,
    expires_at bigint,
    last_used_at bigint,
    last_used_from text COLLATE "C" NOT NULL,
    rotated_at bigint,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    revoked_at bigint,
    revision bigint NOT NULL
);

CREATE TABLE leaders (
    name text COLLATE "C" PRIMARY KEY,
    process text COLLATE "C" NOT NULL,
    epoch bigint NOT NULL,
    until bigint NOT NULL
);

CREATE TABLE mail_settings (
    id bigint PRIMARY KEY CHECK (id = 1),
    enabled bigint NOT NULL,
    host text COLLATE "C" NOT NULL,
    port bigint NOT NULL,
    security text COLLATE "C" NOT NULL,
    username text COLLATE "C" NOT NULL,
    sealed_password text COLLATE "C" NOT NULL,
    from_address text COLLATE "C" NOT NULL,
    from_name text COLLATE "C" NOT NULL,
    ca_pem text COLLATE "C" NOT NULL,
    timeout_s double precision NOT NULL,
    updated_at bigint NOT NULL,
    revision bigint NOT NULL
);

CREATE TABLE master_keys (
    key_id text COLLATE "C" PRIMARY KEY,
    adopted_at bigint NOT NULL,
    adopted_by text COLLATE "C" NOT NULL,
    retired_at bigint
);

CREATE TABLE mesh_addresses (
    address bigint PRIMARY KEY,
    owner text COLLATE "C" NOT NULL,
    released_at bigint
);

CREATE TABLE mesh_candidates (
    node_id text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    public_key text COLLATE "C" NOT NULL UNIQUE,
    address text COLLATE "C" NOT NULL UNIQUE,
    endpoint text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL
);

CREATE TABLE mesh_peers (
    node_id text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    public_key text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL,
    endpoint text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    removed_at bigint
);

CREATE TABLE mesh_probes (
    node_id text COLLATE "C" PRIMARY KEY,
    measured_at bigint NOT NULL,
    links text COLLATE "C" NOT NULL
);

CREATE TABLE mesh_provisional_peers (
    token_id text COLLATE "C" PRIMARY KEY,
    public_key text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL
);

CREATE TABLE mesh_state (
    id bigint PRIMARY KEY,
    revision bigint NOT NULL,
    checksum text COLLATE "C" NOT NULL,
    forgotten_before bigint NOT NULL
);

CREATE TABLE metric_fleet (
    workspace_id text COLLATE "C" NOT NULL,
    start bigint NOT NULL,
    samples bytea NOT NULL,
    PRIMARY KEY (workspace_id, start)
);

CREATE TABLE metric_minutes (
    node_id text COLLATE "C" NOT NULL,
    start bigint NOT NULL,
    samples bytea NOT NULL,
    PRIMARY KEY (node_id, start)
);

CREATE TABLE metric_samples (
    node_id text COLLATE "C" NOT NULL,
    start bigint NOT NULL,
    samples bytea NOT NULL,
    PRIMARY KEY (node_id, start)
);

CREATE TABLE node_certificates (
    serial text COLLATE "C" PRIMARY KEY,
    node_id text COLLATE "C" NOT NULL REFERENCES nodes (id),
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    revoked_at bigint,
    fingerprint text COLLATE "C" NOT NULL DEFAULT ''
);

CREATE TABLE node_reports (
    node_id text COLLATE "C" PRIMARY KEY REFERENCES nodes (id) ON DELETE CASCADE,
    last_seen_at bigint NOT NULL,
    report text COLLATE "C" NOT NULL
);

CREATE TABLE node_session_keys (
    id text COLLATE "C" PRIMARY KEY,
    node_id text COLLATE "C" NOT NULL REFERENCES nodes (id),
    role text COLLATE "C" NOT NULL,
    sealed_secret text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    used_at bigint,
    ended_at bigint
);

CREATE TABLE notification_cursor (
    id bigint PRIMARY KEY CHECK (id = 1),
    sequence bigint NOT NULL
);

CREATE TABLE notification_items (
    recipient text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    line text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (recipient, source)
);

CREATE TABLE notification_mails (
    recipient text COLLATE "C" PRIMARY KEY,
    last_at bigint NOT NULL
);

CREATE TABLE notification_settings (
    place text COLLATE "C" PRIMARY KEY,
    recipients text COLLATE "C" NOT NULL,
    kinds text COLLATE "C" NOT NULL,
    updated_at bigint NOT NULL,
    revision bigint NOT NULL
);

CREATE TABLE notification_tallies (
    account text COLLATE "C" PRIMARY KEY,
    failures bigint NOT NULL,
    since bigint NOT NULL,
    told_at bigint NOT NULL
);

CREATE TABLE operations (
    id text COLLATE "C" PRIMARY KEY,
    workspace_id text COLLATE "C" NOT NULL REFERENCES workspaces (id),
    name text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    parameters text COLLATE "C" NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    state text COLLATE "C" NOT NULL DEFAULT 'running',
    intent text COLLATE "C" NOT NULL DEFAULT 'run',
    at_once bigint NOT NULL DEFAULT 0,
    failure_budget bigint NOT NULL DEFAULT 0,
    canaries bigint NOT NULL DEFAULT 0,
    ended_at bigint
);

CREATE TABLE operation_secret_values (
    operation_id text COLLATE "C" NOT NULL REFERENCES operations (id),
    step text COLLATE "C" NOT NULL,
    sealed_values text COLLATE "C" NOT NULL,
    PRIMARY KEY (operation_id, step)
);

CREATE TABLE operation_steps (
    operation_id text COLLATE "C" NOT NULL REFERENCES operations (id),
    name text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    planned text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    task_id text COLLATE "C",
    undo_task_id text COLLATE "C",
    cancel_requested bigint NOT NULL,
    error_code text COLLATE "C" NOT NULL,
    error text COLLATE "C" NOT NULL,
    started_at bigint,
    ended_at bigint,
    PRIMARY KEY (operation_id, name)
);

CREATE TABLE outbox (
    id text COLLATE "C" PRIMARY KEY,
    recipient text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    sealed_content text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    attempts bigint NOT NULL,
    due_at bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    finished_at bigint,
    answer text COLLATE "C" NOT NULL
);

CREATE TABLE passkeys (
    id text COLLATE "C" PRIMARY KEY,
    user_id text COLLATE "C" NOT NULL REFERENCES users (id),
    credential_id text COLLATE "C" NOT NULL UNIQUE,
    public_key text COLLATE "C" NOT NULL,
    sign_count bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    transports text COLLATE "C" NOT NULL,
    backed_up bigint NOT NULL,
    created_at bigint NOT NULL,
    last_used_at bigint,
    revision bigint NOT NULL
);

CREATE TABLE recovery_codes (
    user_id text COLLATE "C" NOT NULL REFERENCES users (id),
    code_hash text COLLATE "C" NOT NULL,
    used_at bigint,
    PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE refresh_tokens (
    token_hash text COLLATE "C" PRIMARY KEY,
    session_id text COLLATE "C" NOT NULL REFERENCES sessions (id),
    created_at bigint NOT NULL,
    spent_at bigint
);

CREATE TABLE relay_cursor (
    id bigint PRIMARY KEY CHECK (id = 1),
    newest bigint NOT NULL,
    pruned_through bigint NOT NULL
);

CREATE TABLE relayed_events (
    id bigint PRIMARY KEY,
    process text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    payload text COLLATE "C" NOT NULL
);

CREATE TABLE role_bindings (
    id text COLLATE "C" PRIMARY KEY,
    role_id text COLLATE "C" NOT NULL,
    principal_kind text COLLATE "C" NOT NULL,
    principal_id text COLLATE "C" NOT NULL,
    scope_kind text COLLATE "C" NOT NULL,
    organization_id text COLLATE "C" NOT NULL REFERENCES organizations (id),
    workspace_id text COLLATE "C" REFERENCES workspaces (id),
    source text COLLATE "C" NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL
);

CREATE TABLE roles (
    id text COLLATE "C" PRIMARY KEY,
    organization_id text COLLATE "C" NOT NULL REFERENCES organizations (id),
    name text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    permissions text COLLATE "C" NOT NULL,
    labels text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    revision bigint NOT NULL,
    UNIQUE (organization_id, name)
);

CREATE TABLE secrets (
    id text COLLATE "C" PRIMARY KEY,
    workspace_id text COLLATE "C" NOT NULL REFERENCES workspaces (id),
    name text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    labels text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    last_read_at bigint,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    revision bigint NOT NULL,
    UNIQUE (workspace_id, name)
);

CREATE TABLE secret_references (
    secret_id text COLLATE "C" NOT NULL REFERENCES secrets (id),
    resource_kind text COLLATE "C" NOT NULL,
    resource_id text COLLATE "C" NOT NULL,
    field text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (secret_id, resource_kind, resource_id, field)
);

CREATE TABLE secret_versions (
    secret_id text COLLATE "C" NOT NULL REFERENCES secrets (id),
    version bigint NOT NULL,
    encoding text COLLATE "C" NOT NULL,
    sealed_value text COLLATE "C" NOT NULL,
    restored_from bigint,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (secret_id, version)
);

CREATE TABLE setup_token (
    id bigint PRIMARY KEY CHECK (id = 1),
    token_hash text COLLATE "C" NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE sign_in_codes (
    id text COLLATE "C" PRIMARY KEY,
    sealed_result text COLLATE "C" NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE single_sign_on_sessions (
    session_id text COLLATE "C" PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    provider_id text COLLATE "C" NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    provider_session text COLLATE "C" NOT NULL,
    sealed_id_token text COLLATE "C" NOT NULL
);

CREATE TABLE spent_challenges (
    id text COLLATE "C" PRIMARY KEY,
    expires_at bigint NOT NULL
);

CREATE TABLE spent_sign_in_tickets (
    id text COLLATE "C" PRIMARY KEY,
    expires_at bigint NOT NULL
);

CREATE TABLE spent_signatures (
    signature text COLLATE "C" PRIMARY KEY,
    expires_at bigint NOT NULL
);

CREATE TABLE table_versions (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL
);

CREATE TABLE tasks (
    id text COLLATE "C" PRIMARY KEY,
    workspace_id text COLLATE "C" NOT NULL REFERENCES workspaces (id),
    node_id text COLLATE "C" NOT NULL REFERENCES nodes (id),
    kind text COLLATE "C" NOT NULL,
    parameters text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    attempt bigint NOT NULL,
    max_attempts bigint NOT NULL,
    timeout_s bigint NOT NULL,
    waiting_for bigint NOT NULL,
    due_at bigint NOT NULL,
    leased_until bigint,
    cancel_requested_at bigint,
    percent bigint,
    result text COLLATE "C",
    truncated bigint NOT NULL,
    error_code text COLLATE "C" NOT NULL,
    error text COLLATE "C" NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    started_at bigint,
    finished_at bigint,
    retry_of text COLLATE "C",
    operation_id text COLLATE "C" REFERENCES operations (id),
    log_lines bigint NOT NULL DEFAULT 0,
    log_bytes bigint NOT NULL DEFAULT 0,
    log_is_cut bigint NOT NULL DEFAULT 0
);

CREATE TABLE task_dependencies (
    task_id text COLLATE "C" NOT NULL REFERENCES tasks (id),
    needs text COLLATE "C" NOT NULL REFERENCES tasks (id),
    PRIMARY KEY (task_id, needs)
);

CREATE TABLE task_log (
    task_id text COLLATE "C" NOT NULL REFERENCES tasks (id),
    attempt bigint NOT NULL,
    line bigint NOT NULL,
    at bigint NOT NULL,
    text text COLLATE "C" NOT NULL,
    PRIMARY KEY (task_id, attempt, line)
);

CREATE TABLE task_secret_values (
    task_id text COLLATE "C" NOT NULL REFERENCES tasks (id),
    part text COLLATE "C" NOT NULL,
    sealed_values text COLLATE "C" NOT NULL,
    PRIMARY KEY (task_id, part)
);

CREATE TABLE token_keys (
    id text COLLATE "C" PRIMARY KEY,
    sealed_key text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL
);

CREATE TABLE totp_factors (
    user_id text COLLATE "C" PRIMARY KEY REFERENCES users (id),
    sealed_secret text COLLATE "C" NOT NULL,
    last_step bigint NOT NULL,
    created_at bigint NOT NULL,
    confirmed_at bigint
);

CREATE INDEX artifact_uploads_touched ON artifact_uploads (touched_at);
CREATE INDEX artifacts_sha256 ON artifacts (sha256);
CREATE INDEX audit_log_actor ON audit_log (actor_id);
CREATE INDEX audit_log_at ON audit_log (at);
CREATE INDEX audit_log_resource ON audit_log (resource_kind, resource_id);
CREATE INDEX audit_log_workspace ON audit_log (workspace_id);
CREATE INDEX events_of_node ON events (node_id, sequence) WHERE node_id IS NOT NULL;
CREATE INDEX external_identities_user ON external_identities (user_id);
CREATE INDEX group_members_user ON group_members (user_id);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);
CREATE INDEX invites_email ON invites (email);
CREATE INDEX invites_organization ON invites (organization_id, created_at);
CREATE INDEX invites_workspace ON invites (workspace_id);
CREATE INDEX join_tokens_closed ON join_tokens (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX join_tokens_open ON join_tokens (expires_at) WHERE closed_at IS NULL;
CREATE UNIQUE INDEX keys_name ON keys (COALESCE(user_id, organization_id), name) WHERE revoked_at IS NULL;
CREATE INDEX keys_previous ON keys (previous_access_key) WHERE previous_access_key <> '';
CREATE INDEX keys_user ON keys (user_id);
CREATE UNIQUE INDEX mesh_peers_address ON mesh_peers (address) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX mesh_peers_key ON mesh_peers (public_key) WHERE removed_at IS NULL;
CREATE INDEX mesh_peers_revision ON mesh_peers (revision);
CREATE UNIQUE INDEX mesh_provisional_peers_key ON mesh_provisional_peers (public_key);
CREATE INDEX metric_minutes_start ON metric_minutes (start);
CREATE INDEX metric_samples_start ON metric_samples (start);
CREATE INDEX node_certificates_expiry ON node_certificates (expires_at);
CREATE INDEX node_certificates_node ON node_certificates (node_id);
CREATE INDEX node_certificates_valid ON node_certificates (node_id, expires_at) WHERE revoked_at IS NULL;
CREATE UNIQUE INDEX node_session_keys_role ON node_session_keys (node_id, role) WHERE ended_at IS NULL;
CREATE INDEX nodes_deleted ON nodes (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX nodes_listed ON nodes (name, id, workspace_id) WHERE deleted_at IS NULL;
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
CREATE UNIQUE INDEX role_bindings_once
    ON role_bindings (principal_kind, principal_id, role_id, organization_id, COALESCE(workspace_id, ''));
CREATE INDEX role_bindings_role ON role_bindings (role_id);
CREATE INDEX role_bindings_scope ON role_bindings (organization_id, workspace_id);
CREATE INDEX secret_references_resource ON secret_references (resource_kind, resource_id);
CREATE INDEX secret_versions_master_key ON secret_versions (SUBSTR(sealed_value, 1, 17));
CREATE INDEX sessions_expiry ON sessions (expires_at);
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
CREATE UNIQUE INDEX users_email ON users (email) WHERE email <> '';
CREATE INDEX users_organization ON users (organization_id);

INSERT INTO event_cursor (id, newest, pruned_through) VALUES (1, 0, 0);
INSERT INTO mail_settings (id, enabled, host, port, security, username, sealed_password, from_address, from_name, ca_pem, timeout_s, updated_at, revision) VALUES (1, 0, '', 587, 'starttls', '', '', '', 'Nimbus', '', 15.0, 0, 1);
INSERT INTO relay_cursor (id, newest, pruned_through) VALUES (1, 0, 0);

-- PostgreSQL's alone: the newest commit of each process. When its connection ends before the answer to a commit, it asks
-- here what became of it.
CREATE TABLE writer_commits (
    session text COLLATE "C" PRIMARY KEY,
    number bigint NOT NULL,
    at timestamptz NOT NULL
);

-- How often each table has changed: counted once in each transaction that writes it, whoever writes. What is rolled
-- back, to a savepoint too, is not counted: the setting goes back with it.
CREATE FUNCTION count_table_change() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    counted text := COALESCE(current_setting('nimbus.counted_tables', true), '');
BEGIN
    IF position(',' || TG_TABLE_NAME || ',' IN counted) = 0 THEN
        INSERT INTO table_versions AS present (name, version) VALUES (TG_TABLE_NAME, 1)
            ON CONFLICT (name) DO UPDATE SET version = present.version + 1;
        PERFORM set_config('nimbus.counted_tables', counted || ',' || TG_TABLE_NAME || ',', true);
    END IF;
    RETURN NULL;
END
$$;

DO $$
DECLARE
    counted text;
BEGIN
    FOR counted IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
        AND tablename NOT IN ('table_versions', 'schema_migrations', 'writer_commits')
    LOOP
        EXECUTE format('CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION count_table_change()', counted);
    END LOOP;
END
$$;
