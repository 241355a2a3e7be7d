"""Examples of every command, as its help and its manual page show them."""

from __future__ import annotations

_OF_A_NOUN = 4
EXAMPLES = """
nimbus api --data-dir ./data --mesh off
sudo nimbus api --print-config
sudo nimbus bootstrap
sudo nimbus bootstrap --new-key --profile rescue
sudo nimbus setup-token
sudo nimbus install-service
sudo nimbus doctor
sudo nimbus doctor -o json
sudo nimbus restore /var/lib/nimbus/backups/nimbus-before-migration-0016.db
sudo nimbus database move --database postgresql://nimbus@db.example.com/nimbus
nimbus login --api https://203.0.113.10:8443 --ca-digest SHA256 --username alice
nimbus login --browser
nimbus logout
nimbus whoami
nimbus configure --api https://203.0.113.10:8443 --ca ca.pem
nimbus profile list
nimbus profile show production
nimbus profile use production
nimbus profile delete old
nimbus node list
nimbus node list --sort memory
nimbus node list --outdated
nimbus node list --label tier=web --watch
nimbus node token --name web-1 --label tier=web
nimbus node token --ttl 2h
nimbus node token --rejoin web-1
nimbus node token --uses 20 --ttl 7d --label tier=web
nimbus node tokens
nimbus node tokens --all -o wide
nimbus node revoke-token 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11
nimbus node show web-1
nimbus node metrics web-1 --since yesterday
nimbus node metrics web-1 --since 7d --metric cpu,memory
nimbus node label web-1 tier=web old-
nimbus node rename web-1 web-2
nimbus node maintenance web-1
nimbus node maintenance web-1 --reason "new disks" --for 2h
nimbus node maintenance web-1 --off
nimbus node set web-1 --port 51821
nimbus node set web-1 --description "rack 4, on the left"
nimbus node approve web-1 web-2
nimbus node reject web-3 --reason "unknown machine"
nimbus node rotate-key web-1
nimbus node delete web-1 --dry-run
nimbus node delete web-1
nimbus task kinds
nimbus task create --node web-1 --kind collect_facts --wait
nimbus task list --node web-1 --state failed
nimbus task list --state failed --since yesterday
nimbus task show 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11
nimbus task cancel 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11
nimbus task retry 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11 --wait
nimbus task logs -f 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11
nimbus operation create refresh --kind collect_facts --label tier=web --wait
nimbus operation create refresh --kind collect_facts --label tier=web --plan
nimbus operation list
nimbus operation show --watch 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11
nimbus operation pause 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11
nimbus operation resume 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11
nimbus operation cancel 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11 --undo
nimbus artifact add app.tar.gz --version 1.4.0
nimbus artifact list
nimbus artifact show app.tar.gz:1.4.0
nimbus artifact update app.tar.gz:1.4.0 --label stage=beta
nimbus artifact fetch app.tar.gz:1.4.0 --label tier=web --wait
nimbus artifact delete app.tar.gz:1.4.0
nimbus mesh status
nimbus mesh status --node web-1
nimbus mesh history web-1 db-1
nimbus mesh history web-1 db-1 --since 7d -o wide
nimbus mesh policy show > policy.json
nimbus mesh policy test policy.toml
nimbus mesh policy apply policy.toml --dry-run
nimbus mesh policy apply policy.toml
nimbus why web-1 db-1
nimbus why web-1 control-plane
nimbus firewall list --node web-1
nimbus vhost create shop --domain www.example.com --upstream app --certificate shop
nimbus vhost create old --domain old.example.com --no-tls --port 80 --redirect https://www.example.com/
nimbus vhost create shop -f shop.yaml --summary "first version"
nimbus vhost list --domain www.example.com
nimbus vhost show shop
nimbus vhost set shop --port 8443 --summary "another port"
nimbus vhost edit shop
nimbus vhost preview shop -f shop.yaml
nimbus vhost versions shop
nimbus vhost diff shop --from 1 --to 3
nimbus vhost rollback shop --to 1
nimbus vhost import /etc/nginx/nginx.conf --dry-run
nimbus vhost import /etc/nginx/nginx.conf --certificate shop
nimbus vhost delete shop
nimbus upstream create app --server 10.0.0.5:8080 --server app.example.com:8080
nimbus upstream create app --on-node web-1:8080 --algorithm least_connections
nimbus upstream list
nimbus upstream show app
nimbus upstream set app --server 10.0.0.6:8080
nimbus upstream edit app
nimbus upstream preview app
nimbus upstream versions app
nimbus upstream diff app
nimbus upstream rollback app
nimbus upstream delete app
nimbus template list
nimbus template create shop -f shop.conf
nimbus template show shop
nimbus template text default
nimbus template set shop -f shop.conf
nimbus template edit shop
nimbus template preview shop.conf
nimbus template versions shop
nimbus template diff shop
nimbus template rollback shop
nimbus template delete shop
nimbus edge add web-1
nimbus edge add web-2 --share-with '*' --resolver 192.0.2.53
nimbus edge list
nimbus edge show web-1
nimbus edge set web-1 --mode standalone
nimbus edge drift web-1
nimbus edge nginx web-1 reload
nimbus edge deploy --host shop --plan
nimbus edge deploy --host shop --canary --wave 5
nimbus edge deploy --node web-1
nimbus edge status
nimbus edge status --node web-1
nimbus edge deployments
nimbus edge remove web-1
nimbus certificate create shop --domain shop.example.com --domain www.example.com
nimbus certificate renew shop
nimbus certificate upload www --chain fullchain.pem --key privkey.pem
nimbus certificate list
nimbus certificate show www
nimbus certificate replace www --chain fullchain.pem --key privkey.pem
nimbus certificate versions www
nimbus certificate update www --label team=shop
nimbus certificate export www --chain-file chain.pem --key-file key.pem
nimbus certificate delete www
nimbus log search --status 5xx --since 1h
nimbus log search --host www.example.com --uri /api/ -o csv
nimbus log tail --status 400-599
nimbus log summary --since 24h
nimbus log sql @slowest.sql --since 1h
nimbus log query @errors.graphql
nimbus log query "{accessLogs(filter: {statusCode: {gte: 500}}, limit: 5) {timestamp uri status}}"
nimbus iam create-user alice --email alice@example.com
nimbus iam create-user ci --no-password
nimbus iam list-users
nimbus iam show-user alice
nimbus iam update-user alice --display-name "Alice Doe"
nimbus iam update-user alice --disable
nimbus iam delete-user alice
nimbus iam set-password
nimbus iam set-password alice --must-change
nimbus iam sessions --user alice
nimbus iam revoke-session 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11
nimbus iam totp enrol
nimbus iam verify-second-factor 123456
nimbus iam second-factor-policy
nimbus iam second-factor-policy --organization acme
nimbus iam totp confirm 123456
nimbus iam totp disable 123456
nimbus iam recovery-codes
nimbus iam reset-second-factors alice
nimbus iam passkeys
nimbus iam rename-passkey laptop work-laptop
nimbus iam delete-passkey laptop
nimbus iam identities
nimbus iam link corp
nimbus iam unlink corp
nimbus iam create-key laptop --ttl 90d
nimbus iam create-key ci --service --role viewer --workspace acme/prod --save-profile ci
nimbus iam list-keys --all
nimbus iam show-key ci
nimbus iam rotate-key ci --overlap 1h --save-profile ci
nimbus iam revoke-key ci
nimbus iam create-role deployer --permission agent:read --permission task:write
nimbus iam list-roles
nimbus iam show-role operator
nimbus iam update-role deployer --add-permission task:read
nimbus iam delete-role deployer
nimbus iam create-group ops
nimbus iam list-groups
nimbus iam show-group ops
nimbus iam update-group ops --description "On call"
nimbus iam delete-group ops
nimbus iam members ops
nimbus iam add-member ops alice
nimbus iam remove-member ops alice
nimbus iam grant operator --user alice --workspace acme/prod
nimbus iam grant viewer --group ops --organization acme
nimbus iam grant admin --user alice --organization acme --until 2h
nimbus iam update-grant admin --user alice --organization acme --until tomorrow
nimbus iam revoke operator --user alice --workspace acme/prod
nimbus iam list-grants --user alice
nimbus iam access alice
nimbus iam access alice task:write node/web-1
nimbus iam compare-roles operator viewer
nimbus iam list-permissions
nimbus iam can alice task:write workspace/acme/prod
nimbus iam can me secret:reveal secret/db-password
nimbus organization list
nimbus organization show acme
nimbus organization create acme --label tier=gold
nimbus organization require-second-factor acme
nimbus organization require-second-factor acme --off
nimbus organization update acme --description "Customers in Europe"
nimbus organization delete acme --cascade --dry-run
nimbus organization delete acme --cascade
nimbus workspace list
nimbus workspace show acme/prod
nimbus workspace create acme/prod
nimbus workspace update acme/prod --rename production
nimbus workspace move acme/prod other
nimbus workspace delete acme/prod --cascade --dry-run
nimbus workspace use acme/prod
nimbus workspace use --none
nimbus invite create alice@example.com --role operator --workspace acme/prod
nimbus invite list --state pending
nimbus invite show alice@example.com
nimbus invite resend alice@example.com
nimbus invite revoke alice@example.com
nimbus invite accept --link-file link.txt
nimbus invite accept --signed-in
nimbus identity-provider create corp --issuer https://id.example.com --client-id nimbus
nimbus identity-provider list
nimbus identity-provider show corp
nimbus identity-provider update corp --sign-up mapped
nimbus identity-provider delete corp
nimbus identity-provider test corp
nimbus apply -f shop/ --dry-run
nimbus apply -f shop/ --yes --prune --selector app=shop
nimbus diff -f shop/
nimbus secret create db-password
nimbus secret create tls-key --from-file key.pem
nimbus secret list
nimbus secret show db-password
nimbus secret get tls-key --to-file key.pem
nimbus secret set db-password
nimbus secret change db-password --rename shop-db
nimbus secret versions db-password
nimbus secret rollback db-password --to 3
nimbus secret delete db-password
nimbus secret master-key
nimbus secret rotate-master-key --wait
nimbus ca show
nimbus ca rotate
nimbus ca retire
nimbus mail show
nimbus mail set --host mail.example.com --username nimbus --password-file password.txt --from nimbus@example.com
nimbus mail test
nimbus mail messages --state failed
nimbus mail notify --to ops@example.com
nimbus settings
nimbus settings show -o wide
nimbus settings list --changed
nimbus settings get audit_retention_days
nimbus settings set display_name=staging display_color=amber
nimbus settings unset display_name
nimbus audit list --since yesterday
nimbus audit list --actor alice --action 'node.*'
nimbus audit show 0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11
nimbus audit export --since 2026-11-01 --until 2026-12-01 --file november.csv
nimbus audit verify
nimbus audit destination create siem syslog+tls://logs.example.org
nimbus audit destination create hook https://siem.example.org/nimbus
nimbus audit destination test siem
nimbus audit destination list
nimbus audit destination show siem
nimbus audit destination update siem --target syslog+tls://logs2.example.org
nimbus audit destination delete siem
nimbus audit head
nimbus audit retention
nimbus events --follow
nimbus events --kind 'task.*' --node web-1
nimbus completion bash --install
nimbus help access
nimbus help node token
nimbus man-pages
nimbus man-pages ./man
""".strip().splitlines()


def examples_of(prog: str) -> list[str]:
    """Of a command, or the first of its verbs'; `nimbus iam login` has those of `nimbus login`."""
    found = [line for line in EXAMPLES if f"{line.removeprefix('sudo ')} ".startswith(f"{prog} ")]
    if not found and prog.startswith("nimbus iam "):
        return examples_of(prog.replace(" iam", "", 1))
    return found[:_OF_A_NOUN]
