"""The commands of `nimbus` that make a request, as the API's reference shows them beside curl: `x-command` of an
operation. Each line: method, path below `/api/v1`, command."""

from __future__ import annotations

_LINES = """
GET /nodes nimbus node list
GET /nodes/{node} nimbus node show web-1
PATCH /nodes/{node} nimbus node label web-1 tier=web old-
DELETE /nodes/{node} nimbus node delete web-1
POST /nodes/tokens nimbus node token --name web-1 --label tier=web
POST /nodes/{node}/tokens nimbus node token --rejoin web-1
POST /nodes/{node}/approve nimbus node approve web-1 web-2
POST /nodes/{node}/reject nimbus node reject web-3 --reason "unknown machine"
POST /nodes/{node}/rotate-key nimbus node rotate-key web-1
GET /nodes/{node}/deletion nimbus node delete web-1 --dry-run
GET /join-tokens nimbus node tokens
DELETE /join-tokens/{token} nimbus node revoke-token 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11
GET /metrics nimbus node metrics web-1 --since yesterday
GET /tasks nimbus task list --node web-1 --state failed
POST /tasks nimbus task create --node web-1 --kind collect_facts --wait
GET /tasks/kinds nimbus task kinds
GET /tasks/{task} nimbus task show 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11
POST /tasks/{task}/cancel nimbus task cancel 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11
POST /tasks/{task}/retry nimbus task retry 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11 --wait
GET /tasks/{task}/logs nimbus task logs -f 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11
GET /operations nimbus operation list
POST /operations nimbus operation create refresh --kind collect_facts --label tier=web --wait
POST /operations/plan nimbus operation create refresh --kind collect_facts --label tier=web --plan
GET /operations/{operation} nimbus operation show --watch 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11
POST /operations/{operation}/pause nimbus operation pause 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11
POST /operations/{operation}/resume nimbus operation resume 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11
POST /operations/{operation}/cancel nimbus operation cancel 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11 --undo
GET /artifacts nimbus artifact list
GET /artifacts/{artifact} nimbus artifact show app.tar.gz:1.4.0
PATCH /artifacts/{artifact} nimbus artifact update app.tar.gz:1.4.0 --label stage=beta
DELETE /artifacts/{artifact} nimbus artifact delete app.tar.gz:1.4.0
POST /artifacts/{artifact}/fetch nimbus artifact fetch app.tar.gz:1.4.0 --label tier=web --wait
POST /artifact-uploads nimbus artifact add app.tar.gz --version 1.4.0
GET /mesh/status nimbus mesh status
GET /mesh/why nimbus why web-1 db-1
GET /mesh/history nimbus mesh history web-1 db-1
GET /mesh/policy nimbus mesh policy show > policy.json
PUT /mesh/policy nimbus mesh policy apply policy.toml
POST /mesh/policy/test nimbus mesh policy test policy.toml
GET /firewall nimbus firewall list --node web-1
GET /users nimbus iam list-users
POST /users nimbus iam create-user alice --email alice@example.com
GET /users/{user} nimbus iam show-user alice
PATCH /users/{user} nimbus iam update-user alice --display-name "Alice Doe"
DELETE /users/{user} nimbus iam delete-user alice
POST /users/{user}/password nimbus iam set-password alice --must-change
POST /users/{user}/second-factors/reset nimbus iam reset-second-factors alice
POST /users/{user}/second-factors/totp nimbus iam totp enrol
POST /users/{user}/second-factors/totp/confirm nimbus iam totp confirm 123456
POST /users/{user}/second-factors/totp/disable nimbus iam totp disable 123456
POST /users/{user}/second-factors/recovery-codes nimbus iam recovery-codes
GET /second-factor-policy nimbus iam second-factor-policy
GET /groups nimbus iam list-groups
POST /groups nimbus iam create-group ops
GET /groups/{group} nimbus iam show-group ops
PATCH /groups/{group} nimbus iam update-group ops --description "On call"
DELETE /groups/{group} nimbus iam delete-group ops
GET /groups/{group}/members nimbus iam members ops
POST /groups/{group}/members nimbus iam add-member ops alice
DELETE /groups/{group}/members/{user} nimbus iam remove-member ops alice
GET /roles nimbus iam list-roles
POST /roles nimbus iam create-role deployer --permission agent:read --permission task:write
GET /roles/{role} nimbus iam show-role operator
PATCH /roles/{role} nimbus iam update-role deployer --add-permission task:read
DELETE /roles/{role} nimbus iam delete-role deployer
GET /grants nimbus iam list-grants --user alice
POST /grants nimbus iam grant operator --user alice --workspace acme/prod
PATCH /grants/{grant} nimbus iam update-grant admin --user alice --organization acme --until tomorrow
DELETE /grants/{grant} nimbus iam revoke operator --user alice --workspace acme/prod
GET /effective-access nimbus iam access alice
GET /permissions nimbus iam list-permissions
GET /can nimbus iam can alice task:write workspace/acme/prod
GET /keys nimbus iam list-keys --all
POST /keys nimbus iam create-key ci --service --role viewer --workspace acme/prod --save-profile ci
POST /personal-keys nimbus iam create-key laptop --ttl 90d
GET /keys/{key} nimbus iam show-key ci
DELETE /keys/{key} nimbus iam revoke-key ci
POST /keys/{key}/rotate nimbus iam rotate-key ci --overlap 1h --save-profile ci
GET /whoami nimbus whoami
GET /sessions nimbus iam sessions --user alice
DELETE /sessions/{session} nimbus iam revoke-session 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11
GET /organizations nimbus organization list
POST /organizations nimbus organization create acme --label tier=gold
GET /organizations/{organization} nimbus organization show acme
PATCH /organizations/{organization} nimbus organization update acme --description "Customers in Europe"
DELETE /organizations/{organization} nimbus organization delete acme --cascade
GET /workspaces nimbus workspace list
POST /workspaces nimbus workspace create acme/prod
GET /workspaces/{workspace} nimbus workspace show acme/prod
PATCH /workspaces/{workspace} nimbus workspace update acme/prod --rename production
POST /workspaces/{workspace}/move nimbus workspace move acme/prod other
GET /invites nimbus invite list --state pending
POST /invites nimbus invite create alice@example.com --role operator --workspace acme/prod
GET /invites/{invite} nimbus invite show alice@example.com
DELETE /invites/{invite} nimbus invite revoke alice@example.com
POST /invites/{invite}/resend nimbus invite resend alice@example.com
GET /identity-providers nimbus identity-provider list
POST /identity-providers nimbus identity-provider create corp --issuer https://id.example.com --client-id nimbus
GET /identity-providers/{provider} nimbus identity-provider show corp
PATCH /identity-providers/{provider} nimbus identity-provider update corp --sign-up mapped
DELETE /identity-providers/{provider} nimbus identity-provider delete corp
POST /identity-providers/{provider}/test nimbus identity-provider test corp
GET /secrets nimbus secret list
POST /secrets nimbus secret create db-password
GET /secrets/{secret} nimbus secret show db-password
PATCH /secrets/{secret} nimbus secret change db-password --rename shop-db
DELETE /secrets/{secret} nimbus secret delete db-password
GET /secrets/{secret}/value nimbus secret get tls-key --to-file key.pem
PUT /secrets/{secret}/value nimbus secret set db-password
POST /secrets/{secret}/value/comparison nimbus diff -f shop/
GET /secrets/{secret}/versions nimbus secret versions db-password
POST /secrets/{secret}/rollback nimbus secret rollback db-password --to 3
GET /secrets/master-key nimbus secret master-key
POST /secrets/master-key/rotations nimbus secret rotate-master-key --wait
GET /ca nimbus ca show
POST /ca/rotations nimbus ca rotate
DELETE /ca/previous nimbus ca retire
GET /settings nimbus settings
PATCH /settings nimbus settings set display_name=staging display_color=amber
GET /settings/mail nimbus mail show
POST /settings/mail/test nimbus mail test
GET /settings/mail/messages nimbus mail messages --state failed
PUT /settings/notifications nimbus mail notify --to ops@example.com
GET /audit-log nimbus audit list --since yesterday
GET /audit-log/{row} nimbus audit show 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11
GET /audit-log/export nimbus audit export --since 2026-11-01 --until 2026-12-01 --file november.csv
GET /audit-log/verification nimbus audit verify
GET /audit-log/retention nimbus audit retention
GET /audit-log/head nimbus audit head
GET /events nimbus events --follow
GET /access-logs nimbus log search --status 5xx --since 1h
GET /access-logs/summary nimbus log summary --since 24h
POST /access-logs/query nimbus log sql @slowest.sql --since 1h
POST /access-logs/graphql nimbus log query @errors.graphql
""".strip().splitlines()

# By method and path.
COMMANDS = {
    f"{method} /api/v1{path}": command
    for method, path, command in (line.split(maxsplit=2) for line in _LINES)
}
