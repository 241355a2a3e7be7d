// Made from the OpenAPI document of the control plane: build.py web --types. Do not edit.

export interface paths {
    "/api/v1/access-logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-access-logs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access-logs/graphql": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-access-logs-graphql"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access-logs/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-access-logs-query"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access-logs/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-access-logs-summary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/artifact-uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-artifact-uploads"];
        put?: never;
        post: operations["post-artifact-uploads"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/artifact-uploads/{upload}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-artifact-uploads-upload"];
        put?: never;
        post?: never;
        delete: operations["delete-artifact-uploads-upload"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/artifact-uploads/{upload}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-artifact-uploads-upload-complete"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/artifact-uploads/{upload}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["put-artifact-uploads-upload-content"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/artifacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-artifacts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/artifacts/{artifact}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-artifacts-artifact"];
        put?: never;
        post?: never;
        delete: operations["delete-artifacts-artifact"];
        options?: never;
        head?: never;
        patch: operations["patch-artifacts-artifact"];
        trace?: never;
    };
    "/api/v1/artifacts/{artifact}/fetch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-artifacts-artifact-fetch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-destinations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-audit-destinations"];
        put?: never;
        post: operations["post-audit-destinations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-destinations/{destination}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-audit-destinations-destination"];
        put?: never;
        post?: never;
        delete: operations["delete-audit-destinations-destination"];
        options?: never;
        head?: never;
        patch: operations["patch-audit-destinations-destination"];
        trace?: never;
    };
    "/api/v1/audit-destinations/{destination}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-audit-destinations-destination-test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-audit-log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-log/{row}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-audit-log-row"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-log/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-audit-log-export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-log/head": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-audit-log-head"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-log/retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-audit-log-retention"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-log/verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-audit-log-verification"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/cli-grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-auth-cli-grants"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/cli-grants/exchange": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-auth-cli-grants-exchange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/identities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-auth-identities"];
        put?: never;
        post: operations["post-auth-identities"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/identities/{provider}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["delete-auth-identities-provider"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-auth-login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-auth-logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/methods": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-auth-methods"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/oidc/{provider}/backchannel-logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-auth-oidc-provider-backchannel-logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/oidc/{provider}/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-auth-oidc-provider-callback"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/oidc/{provider}/device": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-auth-oidc-provider-device"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/oidc/{provider}/device/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-auth-oidc-provider-device-token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/oidc/{provider}/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-auth-oidc-provider-logout"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/oidc/{provider}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-auth-oidc-provider-start"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/oidc/exchange": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-auth-oidc-exchange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/passkeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-auth-passkeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/passkeys/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-auth-passkeys-options"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/reauthenticate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-auth-reauthenticate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-auth-refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/second-factor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-auth-second-factor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-auth-setup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ca": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-ca"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ca/previous": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["delete-ca-previous"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ca/rotations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-ca-rotations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/can": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-can"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/certificates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-certificates"];
        put?: never;
        post: operations["post-certificates"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/certificates/{certificate}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-certificates-certificate"];
        put?: never;
        post?: never;
        delete: operations["delete-certificates-certificate"];
        options?: never;
        head?: never;
        patch: operations["patch-certificates-certificate"];
        trace?: never;
    };
    "/api/v1/certificates/{certificate}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-certificates-certificate-export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/certificates/{certificate}/renew": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-certificates-certificate-renew"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/certificates/{certificate}/replace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-certificates-certificate-replace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/certificates/{certificate}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-certificates-certificate-versions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/certificates/issue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-certificates-issue"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edge/deployments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-edge-deployments"];
        put?: never;
        post: operations["post-edge-deployments"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edge/deployments/{deployment}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-edge-deployments-deployment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edge/deployments/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-edge-deployments-plan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edge/served": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-edge-served"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edges": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-edges"];
        put?: never;
        post: operations["post-edges"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edges/{edge}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-edges-edge"];
        put?: never;
        post?: never;
        delete: operations["delete-edges-edge"];
        options?: never;
        head?: never;
        patch: operations["patch-edges-edge"];
        trace?: never;
    };
    "/api/v1/edges/{edge}/drift": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-edges-edge-drift"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edges/{edge}/nginx": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-edges-edge-nginx"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/effective-access": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-effective-access"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/firewall": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-firewall"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/fleet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-fleet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-grants"];
        put?: never;
        post: operations["post-grants"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/grants/{grant}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-grants-grant"];
        put?: never;
        post?: never;
        delete: operations["delete-grants-grant"];
        options?: never;
        head?: never;
        patch: operations["patch-grants-grant"];
        trace?: never;
    };
    "/api/v1/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-groups"];
        put?: never;
        post: operations["post-groups"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/groups/{group}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-groups-group"];
        put?: never;
        post?: never;
        delete: operations["delete-groups-group"];
        options?: never;
        head?: never;
        patch: operations["patch-groups-group"];
        trace?: never;
    };
    "/api/v1/groups/{group}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-groups-group-members"];
        put?: never;
        post: operations["post-groups-group-members"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/groups/{group}/members/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["delete-groups-group-members-user"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identity-providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-identity-providers"];
        put?: never;
        post: operations["post-identity-providers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identity-providers/{provider}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-identity-providers-provider"];
        put?: never;
        post?: never;
        delete: operations["delete-identity-providers-provider"];
        options?: never;
        head?: never;
        patch: operations["patch-identity-providers-provider"];
        trace?: never;
    };
    "/api/v1/identity-providers/{provider}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-identity-providers-provider-test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-invites"];
        put?: never;
        post: operations["post-invites"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invites/{invite}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-invites-invite"];
        put?: never;
        post?: never;
        delete: operations["delete-invites-invite"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invites/{invite}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-invites-invite-resend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invites/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-invites-accept"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invites/claim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-invites-claim"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invites/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-invites-preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/join-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-join-tokens"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/join-tokens/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-join-tokens-token"];
        put?: never;
        post?: never;
        delete: operations["delete-join-tokens-token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-keys"];
        put?: never;
        post: operations["post-keys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-keys-key"];
        put?: never;
        post?: never;
        delete: operations["delete-keys-key"];
        options?: never;
        head?: never;
        patch: operations["patch-keys-key"];
        trace?: never;
    };
    "/api/v1/keys/{key}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-keys-key-rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mesh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-mesh"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mesh/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-mesh-history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mesh/network": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-mesh-network"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mesh/policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-mesh-policy"];
        put: operations["put-mesh-policy"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mesh/policy/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-mesh-policy-test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mesh/probes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-mesh-probes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mesh/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-mesh-status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mesh/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-mesh-summary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mesh/topology": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-mesh-topology"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mesh/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-mesh-why"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/metrics/fleet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-metrics-fleet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/node-filters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-node-filters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-nodes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/{node}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-nodes-node"];
        put?: never;
        post?: never;
        delete: operations["delete-nodes-node"];
        options?: never;
        head?: never;
        patch: operations["patch-nodes-node"];
        trace?: never;
    };
    "/api/v1/nodes/{node}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-nodes-node-approve"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/{node}/deletion": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-nodes-node-deletion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/{node}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-nodes-node-reject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/{node}/rotate-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-nodes-node-rotate-key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/{node}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-nodes-node-tokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-nodes-tokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-openapi-json"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-operations"];
        put?: never;
        post: operations["post-operations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/{operation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-operations-operation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/{operation}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-operations-operation-cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/{operation}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-operations-operation-pause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/{operation}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-operations-operation-resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-operations-plan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organizations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-organizations"];
        put?: never;
        post: operations["post-organizations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organizations/{organization}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-organizations-organization"];
        put?: never;
        post?: never;
        delete: operations["delete-organizations-organization"];
        options?: never;
        head?: never;
        patch: operations["patch-organizations-organization"];
        trace?: never;
    };
    "/api/v1/organizations/{organization}/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-organizations-organization-notifications"];
        put: operations["put-organizations-organization-notifications"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organizations/{organization}/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-organizations-organization-workspaces"];
        put?: never;
        post: operations["post-organizations-organization-workspaces"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/permissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-permissions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/personal-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-personal-keys"];
        put?: never;
        post: operations["post-personal-keys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-roles"];
        put?: never;
        post: operations["post-roles"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/roles/{role}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-roles-role"];
        put?: never;
        post?: never;
        delete: operations["delete-roles-role"];
        options?: never;
        head?: never;
        patch: operations["patch-roles-role"];
        trace?: never;
    };
    "/api/v1/second-factor-policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-second-factor-policy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-secrets"];
        put?: never;
        post: operations["post-secrets"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/secrets/{secret}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-secrets-secret"];
        put?: never;
        post?: never;
        delete: operations["delete-secrets-secret"];
        options?: never;
        head?: never;
        patch: operations["patch-secrets-secret"];
        trace?: never;
    };
    "/api/v1/secrets/{secret}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-secrets-secret-rollback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/secrets/{secret}/value": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-secrets-secret-value"];
        put: operations["put-secrets-secret-value"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/secrets/{secret}/value/comparison": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-secrets-secret-value-comparison"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/secrets/{secret}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-secrets-secret-versions"];
        put?: never;
        post: operations["post-secrets-secret-versions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/secrets/master-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-secrets-master-key"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/secrets/master-key/rotations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-secrets-master-key-rotations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-sessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["delete-sessions-session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-settings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch: operations["patch-settings"];
        trace?: never;
    };
    "/api/v1/settings/mail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-settings-mail"];
        put: operations["put-settings-mail"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings/mail/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-settings-mail-messages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings/mail/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-settings-mail-test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-settings-notifications"];
        put: operations["put-settings-notifications"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-tasks"];
        put?: never;
        post: operations["post-tasks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-tasks-task"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-tasks-task-cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-tasks-task-logs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-tasks-task-retry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/kinds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-tasks-kinds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/templates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-templates"];
        put?: never;
        post: operations["post-templates"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/templates/{template}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-templates-template"];
        put?: never;
        post?: never;
        delete: operations["delete-templates-template"];
        options?: never;
        head?: never;
        patch: operations["patch-templates-template"];
        trace?: never;
    };
    "/api/v1/templates/{template}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-templates-template-diff"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/templates/{template}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-templates-template-preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/templates/{template}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-templates-template-rollback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/templates/{template}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-templates-template-versions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/templates/{template}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-templates-template-versions-version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/templates/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-templates-preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/upstreams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-upstreams"];
        put?: never;
        post: operations["post-upstreams"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/upstreams/{upstream}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-upstreams-upstream"];
        put?: never;
        post?: never;
        delete: operations["delete-upstreams-upstream"];
        options?: never;
        head?: never;
        patch: operations["patch-upstreams-upstream"];
        trace?: never;
    };
    "/api/v1/upstreams/{upstream}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-upstreams-upstream-diff"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/upstreams/{upstream}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-upstreams-upstream-preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/upstreams/{upstream}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-upstreams-upstream-rollback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/upstreams/{upstream}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-upstreams-upstream-versions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/upstreams/{upstream}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-upstreams-upstream-versions-version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/upstreams/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-upstreams-preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-users"];
        put?: never;
        post: operations["post-users"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-users-user"];
        put?: never;
        post?: never;
        delete: operations["delete-users-user"];
        options?: never;
        head?: never;
        patch: operations["patch-users-user"];
        trace?: never;
    };
    "/api/v1/users/{user}/passkeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-users-user-passkeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/passkeys/{passkey}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["delete-users-user-passkeys-passkey"];
        options?: never;
        head?: never;
        patch: operations["patch-users-user-passkeys-passkey"];
        trace?: never;
    };
    "/api/v1/users/{user}/passkeys/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-users-user-passkeys-options"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-users-user-password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/second-factors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-users-user-second-factors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/second-factors/recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-users-user-second-factors-recovery-codes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/second-factors/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-users-user-second-factors-reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/second-factors/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-users-user-second-factors-totp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/second-factors/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-users-user-second-factors-totp-confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/second-factors/totp/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-users-user-second-factors-totp-disable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/second-factors/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-users-user-second-factors-verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/virtual-hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-virtual-hosts"];
        put?: never;
        post: operations["post-virtual-hosts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/virtual-hosts/{virtual_host}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-virtual-hosts-virtual-host"];
        put?: never;
        post?: never;
        delete: operations["delete-virtual-hosts-virtual-host"];
        options?: never;
        head?: never;
        patch: operations["patch-virtual-hosts-virtual-host"];
        trace?: never;
    };
    "/api/v1/virtual-hosts/{virtual_host}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-virtual-hosts-virtual-host-diff"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/virtual-hosts/{virtual_host}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-virtual-hosts-virtual-host-preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/virtual-hosts/{virtual_host}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-virtual-hosts-virtual-host-rollback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/virtual-hosts/{virtual_host}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-virtual-hosts-virtual-host-versions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/virtual-hosts/{virtual_host}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-virtual-hosts-virtual-host-versions-version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/virtual-hosts/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-virtual-hosts-preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whoami": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-whoami"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-workspaces"];
        put?: never;
        post: operations["post-workspaces"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{workspace}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-workspaces-workspace"];
        put?: never;
        post?: never;
        delete: operations["delete-workspaces-workspace"];
        options?: never;
        head?: never;
        patch: operations["patch-workspaces-workspace"];
        trace?: never;
    };
    "/api/v1/workspaces/{workspace}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["post-workspaces-workspace-move"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get-root-metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Accepted: {
            invite_id: string;
            organization: string;
            session: components["schemas"]["SignedIn"];
        };
        AcceptRequest: {
            /** @default false */
            cookie?: boolean;
            /** @default  */
            display_name?: string;
            password: string;
            token: string;
            username: string;
        };
        AccessRow: {
            /** @default null */
            expires_at?: string | null;
            /** @default null */
            grant_id?: string | null;
            /** @default null */
            group?: string | null;
            /** @default null */
            organization?: string | null;
            /** @default null */
            organization_id?: string | null;
            permissions: string[];
            /** @default null */
            role?: string | null;
            /** @enum {unknown} */
            source: "administrator" | "grant" | "group" | "visibility";
            /** @default null */
            workspace?: string | null;
            /** @default null */
            workspace_id?: string | null;
        };
        AccessSummary: {
            everywhere: string[];
            organizations: {
                [key: string]: string[];
            };
            /** @default null */
            tenant?: string | null;
            workspaces: {
                [key: string]: string[];
            };
        };
        ActorView: {
            id: string;
            kind: string;
            name: string;
        };
        /** @enum {unknown} */
        Algorithm: "ip_hash" | "least_connections" | "round_robin" | "weighted";
        ApplianceView: {
            authority: components["schemas"]["AuthorityView"];
            database: components["schemas"]["DatabaseView"];
            retention: components["schemas"]["RetentionView"][];
            server_certificate: components["schemas"]["CertificateView"];
            settings: components["schemas"]["SettingView"][];
            started_at: string;
            uptime_s: number;
            versions: components["schemas"]["VersionsView"];
        };
        /** @enum {unknown} */
        Approval: "approved" | "waiting";
        ArtifactPatch: {
            /** @default null */
            description?: string | null;
            /** @default null */
            labels?: {
                [key: string]: string | null;
            } | null;
        };
        ArtifactView: {
            content_type: string;
            cpu: components["schemas"]["Cpu"];
            created_at: string;
            created_by: string;
            damage: components["schemas"]["Damage"];
            description: string;
            id: string;
            labels: {
                [key: string]: string;
            };
            name: string;
            reference: string;
            revision: number;
            sha256: string;
            size: number;
            updated_at: string;
            version: string;
            workspace: string;
            workspace_id: string;
        };
        Attention: {
            node: string;
            node_id: string;
            reasons: components["schemas"]["Reason"][];
            state: components["schemas"]["NodesNodeState"];
            workspace: string;
            workspace_id: string;
        };
        AuditResourceView: {
            id: string;
            kind: string;
            name: string;
        };
        AuditView: {
            action: string;
            actor: components["schemas"]["ActorView"];
            after: Record<string, never>;
            at: string;
            before: Record<string, never>;
            hash: string;
            id: string;
            organization_id: string | null;
            outcome: string;
            request_id: string;
            resource: components["schemas"]["AuditResourceView"];
            sequence: number;
            source: string;
            workspace_id: string | null;
        };
        AuthorityView: {
            ca_path: string;
            fingerprint: string;
            not_after: string;
            previous_fingerprint: string | null;
            subject: string;
        };
        BackchannelLogout: {
            logout_token: string;
        };
        BackupView: {
            file: string;
            modified_at: string;
            size_bytes: number;
        };
        BindingPatch: {
            expires_at: string;
        };
        /**
         * @example {
         *       "role": "operator",
         *       "user": "ann",
         *       "workspace": "acme/web"
         *     }
         */
        BindingRequest: {
            /** @default  */
            expires_at?: string;
            /** @default  */
            group?: string;
            /** @default  */
            key?: string;
            /** @default  */
            organization?: string;
            role: string;
            /** @default  */
            user?: string;
            /** @default  */
            workspace?: string;
        };
        BindingView: {
            created_at: string;
            created_by: string;
            expires_at: string | null;
            id: string;
            organization: string;
            organization_id: string;
            principal: string;
            principal_id: string;
            /** @enum {unknown} */
            principal_kind: "group" | "key" | "user";
            role: string;
            role_id: string;
            source: string;
            /** @enum {unknown} */
            state: "expired" | "valid";
            workspace: string | null;
            workspace_id: string | null;
        };
        CaCertificate: {
            fingerprint: string;
            not_after: string;
            not_before: string;
            serial: string;
            subject: string;
        };
        CancelRequest: {
            /** @default false */
            undo?: boolean;
        };
        /** @example {} */
        CaRotationRequest: {
            /** @default false */
            alone?: boolean;
        };
        Carried: {
            /** @default 0 */
            dropped_no_room?: number;
            /** @default 0 */
            dropped_not_served?: number;
            /** @default 0 */
            over_tls?: number;
            /** @default 0 */
            relayed_bytes?: number;
            /** @default 0 */
            relayed_frames?: number;
        };
        CaView: {
            current: components["schemas"]["CaCertificate"];
            dependent: number;
            dependent_nodes: components["schemas"]["DependentNode"][];
            nodes: number;
            previous: components["schemas"]["CaCertificate"] | null;
            rotated_at: string | null;
        };
        CertificateExport: {
            chain: string;
            id: string;
            name: string;
            private_key: string;
            version: number;
        };
        CertificateOrder: {
            /**
             * @default http-01
             * @enum {unknown}
             */
            challenge?: "http-01";
            /** @default  */
            description?: string;
            domains: string[];
            /**
             * @default ecdsa
             * @enum {unknown}
             */
            key_type?: "ecdsa" | "rsa";
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            name: string;
            /** @default  */
            workspace?: string;
        };
        CertificatePatch: {
            /** @default null */
            description?: string | null;
            /** @default null */
            labels?: {
                [key: string]: string | null;
            } | null;
            /** @default null */
            name?: string | null;
        };
        CertificateReplacement: {
            chain: string;
            private_key: string;
        };
        CertificateUpload: {
            chain: string;
            /** @default  */
            description?: string;
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            name: string;
            private_key: string;
            /** @default  */
            workspace?: string;
        };
        CertificateUse: {
            id: string;
            kind: string;
            name: string;
        };
        CertificateVersionView: {
            created_at: string;
            created_by: string;
            current: boolean;
            fingerprint: string;
            issuer: string;
            key_type: string;
            names: string[];
            not_after: string;
            not_before: string;
            number: number;
            serial: string;
        };
        CertificateView: {
            fingerprint: string;
            issuer: string;
            names: string[];
            not_after: string;
            not_before: string;
            serial: string;
            subject: string;
        };
        Claimed: {
            invite_id: string;
            organization: string;
            role: string;
            workspace: string | null;
        };
        ClaimRequest: {
            token: string;
        };
        CliExchangeRequest: {
            code: string;
            verifier: string;
        };
        CliGrant: {
            expires_in: number;
            redirect: string;
        };
        CliGrantRequest: {
            challenge: string;
            port: number;
            /** @default  */
            state?: string;
        };
        CodeRequest: {
            code: string;
        };
        ControlPlaneMark: {
            /** @default none */
            color?: string;
            /** @default  */
            name?: string;
        };
        /** @enum {unknown} */
        Cpu: "aarch64" | "any" | "x86_64";
        CreatedDestination: {
            destination: components["schemas"]["DestinationView"];
            secret: string | null;
        };
        CursorPage: {
            /** @default 0 */
            cursor?: number;
            page: number;
            per_page: number;
            /** @default false */
            reset?: boolean;
            total: number;
        };
        /** @enum {unknown} */
        Damage: "" | "altered" | "missing";
        DatabaseView: {
            backups: components["schemas"]["BackupView"][];
            file: string;
            migrated_at: string;
            schema_version: number;
            size_bytes: number;
        };
        Deletion: {
            contents: components["schemas"]["Occupants"][];
            deleted: boolean;
            id: string;
            name: string;
        };
        DeliveryStep: {
            answer: string;
            ok: boolean;
            step: string;
        };
        DependentNode: {
            certificate: boolean;
            id: string;
            name: string;
            told: boolean;
        };
        DeployedObject: {
            name: string;
            owner: string;
            version: number;
        };
        DeploymentNodeView: {
            ended_at: string | null;
            generation: number;
            message: string;
            node: string;
            node_id: string;
            objects: components["schemas"]["ObjectProblemView"][];
            percent: number | null;
            state: components["schemas"]["DeploymentsNodeState"];
            wave: number;
        };
        DeploymentPlan: {
            nodes: components["schemas"]["PlannedNodeView"][];
            objects: components["schemas"]["DeployedObject"][];
            workspace: string;
        };
        DeploymentRequest: {
            /** @default false */
            canary?: boolean;
            /** @default [] */
            hosts?: string[];
            /** @default [] */
            nodes?: string[];
            /** @default [] */
            upstreams?: string[];
            /** @default 0 */
            wave?: number;
            /** @default  */
            workspace?: string;
        };
        /** @enum {unknown} */
        DeploymentsNodeState: "cancelled" | "failed" | "partly" | "queued" | "refused" | "rolled_back" | "running" | "served" | "skipped" | "written";
        DeploymentView: {
            canary: boolean;
            created_at: string;
            created_by: string;
            ended_at: string | null;
            id: string;
            nodes: components["schemas"]["DeploymentNodeView"][];
            objects: components["schemas"]["DeployedObject"][];
            operation_id: string;
            state: string;
            wave: number;
            workspace: string;
            workspace_id: string;
        };
        DestinationPatch: {
            /** @default null */
            ca_pem?: string | null;
            /** @default null */
            enabled?: boolean | null;
            /** @default null */
            name?: string | null;
            /** @default null */
            secret?: string | null;
            /** @default null */
            target?: string | null;
        };
        DestinationRequest: {
            /**
             * @default now
             * @enum {unknown}
             */
            begin?: "now" | "oldest";
            /** @default  */
            ca_pem?: string;
            /** @default true */
            enabled?: boolean;
            name: string;
            /** @default null */
            secret?: string | null;
            target: string;
        };
        DestinationTest: {
            ok: boolean;
            steps: components["schemas"]["DeliveryStep"][];
        };
        DestinationView: {
            attempts: number;
            ca_pem: string;
            created_at: string;
            enabled: boolean;
            failing_since: string | null;
            has_secret: boolean;
            id: string;
            /** @enum {unknown} */
            kind: "syslog" | "webhook";
            last_sent_at: string | null;
            missed: number;
            name: string;
            next_attempt_at: string | null;
            problem: string;
            revision: number;
            sent: number;
            sent_through: number;
            /** @enum {unknown} */
            state: "behind" | "disabled" | "failing" | "up_to_date";
            target: string;
            updated_at: string;
            waiting: number;
        };
        Detail: {
            field: string;
            message: string;
        };
        DeviceAnswer: {
            interval: number;
            signed_in: components["schemas"]["SignedIn"] | null;
        };
        DeviceRequest: {
            ticket: string;
        };
        DeviceStart: {
            expires_in: number;
            interval: number;
            ticket: string;
            user_code: string;
            verification_uri: string;
            verification_uri_complete: string;
        };
        Disk: {
            device: string;
            filesystem: string;
            /** @default 0 */
            inodes?: number;
            /** @default 0 */
            inodes_used?: number;
            mount: string;
            total_bytes: number;
            used_bytes: number;
        };
        DriftView: {
            diff: string;
            name: string;
            owner: string;
            /** @enum {unknown} */
            state: "changed" | "foreign" | "gone";
        };
        EdgeCertificateView: {
            created_at: string;
            created_by: string;
            description: string;
            fingerprint: string;
            id: string;
            issuance: components["schemas"]["IssuanceView"] | null;
            issuer: string;
            key_type: string;
            labels: {
                [key: string]: string;
            };
            name: string;
            names: string[];
            not_after: string | null;
            not_before: string | null;
            notes: string[];
            revision: number;
            serial: string;
            state: components["schemas"]["State"];
            updated_at: string;
            used_by: components["schemas"]["CertificateUse"][];
            version: number;
            workspace: string;
            workspace_id: string;
        };
        EdgeDetails: {
            applied: boolean;
            counts: components["schemas"]["NginxCounts"] | null;
            created_at: string;
            deployed: number;
            drift: string[];
            drifted: number;
            generation: number;
            /** @enum {unknown} */
            mode: "sidecar" | "standalone" | "systemd";
            /** @enum {unknown} */
            nginx: "absent" | "running" | "stopped" | "unknown";
            nginx_version: string;
            node: string;
            node_id: string;
            owns_main_file: boolean;
            problem: string;
            reported_at: string | null;
            resolvers: string[];
            revision: number;
            servers: components["schemas"]["ServerView"][];
            servers_down: number;
            shared: boolean;
            shared_with: string[];
            state: string;
            worker_shutdown_s: number;
            workspace: string;
            workspace_id: string;
        };
        EdgePatch: {
            /** @default null */
            mode?: ("sidecar" | "standalone" | "systemd") | null;
            /** @default null */
            owns_main_file?: boolean | null;
            /** @default null */
            resolvers?: string[] | null;
            /** @default null */
            shared_with?: string[] | null;
            /** @default null */
            worker_shutdown_s?: number | null;
        };
        EdgeRequest: {
            /**
             * @default systemd
             * @enum {unknown}
             */
            mode?: "sidecar" | "standalone" | "systemd";
            node: string;
            /** @default false */
            owns_main_file?: boolean;
            /** @default [] */
            resolvers?: string[];
            /** @default [] */
            shared_with?: string[];
            /** @default 600 */
            worker_shutdown_s?: number;
            /** @default  */
            workspace?: string;
        };
        EdgeView: {
            applied: boolean;
            created_at: string;
            deployed: number;
            drifted: number;
            /** @enum {unknown} */
            mode: "sidecar" | "standalone" | "systemd";
            /** @enum {unknown} */
            nginx: "absent" | "running" | "stopped" | "unknown";
            nginx_version: string;
            node: string;
            node_id: string;
            owns_main_file: boolean;
            problem: string;
            reported_at: string | null;
            resolvers: string[];
            revision: number;
            servers_down: number;
            shared: boolean;
            shared_with: string[];
            state: string;
            worker_shutdown_s: number;
            workspace: string;
            workspace_id: string;
        };
        EffectiveAccess: {
            principal: string;
            rows: components["schemas"]["AccessRow"][];
        };
        EndedSessions: {
            ended: number;
        };
        ErrorAnswer: {
            error: components["schemas"]["ErrorBody"];
        };
        ErrorBody: {
            code: string;
            details: components["schemas"]["Detail"][];
            message: string;
            /** @default  */
            next_step?: string;
            /** @default  */
            request_id?: string;
        };
        EventLogResourceView: {
            id: string;
            kind: string;
            name: string;
        };
        EventView: {
            at: string;
            cursor: number;
            data: Record<string, never>;
            kind: string;
            node_id: string | null;
            organization_id: string | null;
            resource: components["schemas"]["EventLogResourceView"];
            workspace_id: string | null;
        };
        ExchangeRequest: {
            code: string;
            verifier: string;
        };
        Explanation: {
            allowed: boolean;
            because: string[];
            permission: string;
            principal: string;
            where: string;
        };
        Export: {
            data: components["schemas"]["AuditView"][];
            next: number | null;
        };
        FactorCounts: {
            /** @default 0 */
            passkeys?: number;
            /** @default 0 */
            recovery_codes?: number;
            /** @default false */
            totp?: boolean;
        };
        FactorPolicyView: {
            organization: string | null;
            required: boolean;
            required_everywhere: boolean;
            users: number;
            users_without: number;
            without: components["schemas"]["WithoutFactor"][];
        };
        FactorsView: {
            passkeys: components["schemas"]["PasskeyView"][];
            recovery_codes: number;
            totp: boolean;
            totp_confirmed_at: string | null;
        };
        Facts: {
            /** @default [] */
            addresses?: string[];
            /** @default  */
            agent_version?: string;
            /** @default  */
            architecture?: string;
            /** @default [] */
            capabilities?: string[];
            /** @default 0 */
            cpu_count?: number;
            /** @default  */
            cpu_model?: string;
            /**
             * @default standalone
             * @enum {unknown}
             */
            deployment_mode?: "docker-sidecar" | "k8s-sidecar" | "standalone";
            /** @default [] */
            disks?: components["schemas"]["Disk"][];
            /** @default [] */
            gpus?: components["schemas"]["Gpu"][];
            hostname: string;
            /** @default  */
            kernel?: string;
            /** @default 0 */
            memory_bytes?: number;
            /** @default  */
            nginx?: string;
            /** @default  */
            os?: string;
            /** @default  */
            python_version?: string;
        };
        /** @enum {unknown} */
        Fault: "altered" | "anchor" | "head" | "inserted" | "removed" | "replaced";
        FetchRequest: {
            /** @default null */
            at_once?: number | null;
            /** @default 0 */
            failure_budget?: number;
            /** @default  */
            label?: string;
            /** @default [] */
            nodes?: string[];
        };
        FieldChange: {
            after: unknown;
            before: unknown;
            field: string;
        };
        FileChangeView: {
            diff: string;
            name: string;
            owner: string;
        };
        FileView: {
            name: string;
            nginx: string[];
            text: string;
        };
        Finding: {
            fault: components["schemas"]["Fault"];
            message: string;
            /** @default null */
            row_id?: string | null;
            sequence: number;
        };
        FirewallRuleView: {
            applied: boolean;
            created_at: string;
            first_port: number;
            id: string;
            last_port: number;
            node: string;
            node_id: string;
            /** @enum {unknown} */
            protocol: "tcp" | "udp";
            resource: string;
            sources: string[];
            workspace_id: string;
        };
        Fleet: {
            at: string;
            attention: components["schemas"]["Attention"][];
            attention_reasons: {
                [key: string]: number;
            };
            attention_total: number;
            load: components["schemas"]["FleetLoad"];
            nodes: components["schemas"]["NodeCounts"];
            tasks: components["schemas"]["TaskCounts"] | null;
        };
        FleetLoad: {
            cpu_percent: number | null;
            disk_total_bytes: number;
            disk_used_bytes: number;
            load_1m: number | null;
            memory_total_bytes: number;
            memory_used_bytes: number;
            network_rx_bytes_per_s: number | null;
            network_tx_bytes_per_s: number | null;
            nodes: number;
        };
        FleetMetrics: {
            resolution: number;
            series: components["schemas"]["Series"][];
            since: string;
            step: number;
            timestamps: number[];
            until: string;
        };
        Gpu: {
            index: number;
            memory_bytes: number;
            /** @default false */
            mig?: boolean;
            model: string;
            uuid: string;
        };
        GraphqlRequest: {
            /** @default null */
            operationName?: string | null;
            query: string;
            /** @default null */
            variables?: Record<string, never> | null;
        };
        GroupMapping: {
            group: string;
            /** @default  */
            organization?: string;
            value: string;
        };
        GroupMappingView: {
            group: string | null;
            group_id: string;
            organization: string | null;
            value: string;
        };
        GroupPatch: {
            /** @default null */
            description?: string | null;
            /** @default null */
            labels?: {
                [key: string]: string | null;
            } | null;
            /** @default null */
            name?: string | null;
        };
        /**
         * @example {
         *       "name": "on-call",
         *       "organization": "acme"
         *     }
         */
        GroupRequest: {
            /** @default  */
            description?: string;
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            name: string;
            /** @default  */
            organization?: string;
        };
        GroupView: {
            created_at: string;
            description: string;
            id: string;
            labels: {
                [key: string]: string;
            };
            members: number;
            name: string;
            organization: string;
            organization_id: string;
            revision: number;
            updated_at: string;
        };
        Head: {
            at: string;
            hash: string;
            sequence: number;
        };
        Header: {
            name: string;
            value: string;
        };
        HealthCheck: {
            healthy: boolean;
            /** @default  */
            message?: string;
            name: string;
        };
        HeardAt: {
            by: string;
            endpoint: string;
        };
        HistoryWay: {
            from: string;
            loss_percent: (number | null)[];
            rtt_ms: (number | null)[];
            sent: number[];
            to: string;
        };
        HostTraffic: {
            bytes: number;
            p50_ms: number | null;
            p95_ms: number | null;
            p99_ms: number | null;
            requests: number;
            status: components["schemas"]["StatusCounts"];
            virtual_host: string | null;
            virtual_host_id: string | null;
            workspace_id: string;
        };
        IdentityProviderPatch: {
            /** @default null */
            ca_pem?: string | null;
            /** @default null */
            client_id?: string | null;
            /** @default null */
            client_secret?: string | null;
            /** @default null */
            display_name?: string | null;
            /** @default null */
            email_domains?: string[] | null;
            /** @default null */
            enabled?: boolean | null;
            /** @default null */
            group_mapping?: components["schemas"]["GroupMapping"][] | null;
            /** @default null */
            groups_claim?: string | null;
            /** @default null */
            issuer?: string | null;
            /** @default null */
            labels?: {
                [key: string]: string | null;
            } | null;
            /** @default null */
            link_by_email?: boolean | null;
            /** @default null */
            name?: string | null;
            /** @default null */
            organization?: string | null;
            /** @default null */
            redirect_uri?: string | null;
            /** @default null */
            require_verified_email?: boolean | null;
            /** @default null */
            scopes?: string[] | null;
            /** @default null */
            sign_up?: ("mapped" | "off" | "on") | null;
            /** @default null */
            username_claim?: string | null;
        };
        IdentityProviderRequest: {
            /** @default  */
            ca_pem?: string;
            client_id: string;
            /** @default  */
            client_secret?: string;
            /** @default  */
            display_name?: string;
            /** @default [] */
            email_domains?: string[];
            /** @default true */
            enabled?: boolean;
            /** @default [] */
            group_mapping?: components["schemas"]["GroupMapping"][];
            /** @default groups */
            groups_claim?: string;
            /** @default  */
            issuer?: string;
            /**
             * @default oidc
             * @enum {unknown}
             */
            kind?: "github" | "oidc";
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            /** @default false */
            link_by_email?: boolean;
            name: string;
            /** @default  */
            organization?: string;
            /** @default  */
            redirect_uri?: string;
            /** @default true */
            require_verified_email?: boolean;
            /** @default [] */
            scopes?: string[];
            /**
             * @default off
             * @enum {unknown}
             */
            sign_up?: "mapped" | "off" | "on";
            /** @default  */
            username_claim?: string;
        };
        IdentityProviderView: {
            backchannel_logout_uri: string;
            ca_pem: string;
            client_id: string;
            created_at: string;
            display_name: string;
            email_domains: string[];
            enabled: boolean;
            group_mapping: components["schemas"]["GroupMappingView"][];
            groups_claim: string;
            has_client_secret: boolean;
            id: string;
            issuer: string;
            /** @enum {unknown} */
            kind: "github" | "oidc";
            labels: {
                [key: string]: string;
            };
            link_by_email: boolean;
            name: string;
            organization: string | null;
            organization_id: string | null;
            redirect_uri: string;
            require_verified_email: boolean;
            revision: number;
            scopes: string[];
            /** @enum {unknown} */
            sign_up: "mapped" | "off" | "on";
            updated_at: string;
            username_claim: string;
            users: number;
        };
        IdentityView: {
            display_name: string;
            issuer: string;
            /** @enum {unknown} */
            kind: "github" | "oidc";
            last_login_at: string;
            linked_at: string;
            provider: string;
            subject: string;
        };
        InviteRequest: {
            /** Format: email */
            email: string;
            /** @default [] */
            groups?: string[];
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            /** @default  */
            message?: string;
            /** @default  */
            organization?: string;
            role: string;
            /** @default 7d */
            ttl?: string;
            /** @default  */
            workspace?: string;
        };
        InviteView: {
            accepted_at: string | null;
            accepted_by: string | null;
            created_at: string;
            email: string;
            expires_at: string;
            groups: string[];
            id: string;
            invited_by: string;
            labels: {
                [key: string]: string;
            };
            mail: components["schemas"]["MessageView"] | null;
            message: string;
            organization: string;
            organization_id: string;
            revision: number;
            revoked_at: string | null;
            role: string;
            role_id: string;
            sent: number;
            /** @enum {unknown} */
            state: "accepted" | "expired" | "pending" | "revoked";
            updated_at: string;
            workspace: string | null;
            workspace_id: string | null;
        };
        IssuanceView: {
            attempts: number;
            /** @enum {unknown} */
            challenge: "http-01";
            domains: string[];
            /** @enum {unknown} */
            key_type: "ecdsa" | "rsa";
            next_attempt_at: string | null;
            problem: string;
            renew_at: string | null;
            /** @enum {unknown} */
            state: "failing" | "issued" | "ordering";
        };
        JoinedNode: {
            id: string;
            joined_at: string;
            name: string;
        };
        JoinTokenView: {
            approval: string;
            claimed: number;
            created_at: string;
            created_by: string;
            ended_at: string | null;
            expires_at: string;
            id: string;
            labels: {
                [key: string]: string;
            };
            name: string;
            nodes: components["schemas"]["JoinedNode"][];
            rejoins: string | null;
            revoked_by: string | null;
            /** @enum {unknown} */
            state: "expired" | "open" | "replaced" | "revoked" | "used";
            used: number;
            uses: number;
            uses_left: number;
            workspace: string;
            workspace_id: string;
        };
        Kept: {
            days: number;
            oldest_at: string | null;
            searched: number;
        };
        KeyPatch: {
            /** @default null */
            labels?: {
                [key: string]: string | null;
            } | null;
            /** @default null */
            name?: string | null;
            /** @default null */
            ttl?: string | null;
        };
        KeyView: {
            access_key: string;
            created_at: string;
            created_by: string;
            expires_at: string | null;
            id: string;
            /** @enum {unknown} */
            kind: "api-key" | "hmac";
            labels: {
                [key: string]: string;
            };
            last_used_at: string | null;
            last_used_from: string | null;
            name: string;
            organization: string | null;
            organization_id: string | null;
            previous_until: string | null;
            revision: number;
            role: string | null;
            rotated_at: string | null;
            state: string;
            tenant: string | null;
            updated_at: string;
            user: string | null;
            user_id: string | null;
            workspace: string | null;
            workspace_id: string | null;
        };
        /** @enum {unknown} */
        Kind: "administrator.granted" | "audit.failure" | "certificate.expiry" | "certificate.failure" | "certificate.not-issued" | "edge.rolled_back" | "edge.server" | "edge.stopped" | "invite.accepted" | "last-owner.attempt" | "node.joined" | "node.waiting" | "sign-in.failures" | "user.created";
        LabelCount: {
            label: string;
            nodes: number;
        };
        Links: {
            /** @default null */
            next?: string | null;
            /** @default null */
            prev?: string | null;
            self: string;
        };
        Location: {
            /** @default [] */
            allow?: string[];
            /** @default true */
            buffering?: boolean;
            /** @default [] */
            custom_headers?: components["schemas"]["Header"][];
            /** @default null */
            index?: string | null;
            path: string;
            /** @default null */
            proxy_pass?: string | null;
            /** @default 60 */
            proxy_timeout?: number;
            /** @default null */
            redirect?: string | null;
            /**
             * @default 308
             * @enum {unknown}
             */
            redirect_status?: 301 | 302 | 307 | 308;
            /** @default [] */
            request_headers?: components["schemas"]["Header"][];
            /** @default [] */
            rewrite_rules?: components["schemas"]["RewriteRule"][];
            /** @default null */
            root?: string | null;
            /** @default null */
            upstream_id?: string | null;
            /** @default null */
            upstream_path?: string | null;
            /** @default false */
            websocket?: boolean;
        };
        LogEntry: {
            at: string;
            body_bytes_sent: number;
            host: string;
            id: string;
            method: string;
            node: string | null;
            node_id: string;
            protocol: string;
            raw: string | null;
            referer: string | null;
            remote_addr: string;
            request_id: string | null;
            response_time_ms: number | null;
            status: number;
            upstream_addr: string | null;
            upstream_time_ms: number | null;
            uri: string;
            user_agent: string | null;
            virtual_host: string | null;
            virtual_host_id: string | null;
            workspace_id: string;
        };
        Logging: {
            /** @default false */
            drop_query?: boolean;
            /** @default true */
            enabled?: boolean;
            /** @default false */
            mask_client?: boolean;
        };
        /**
         * @example {
         *       "username": "ann",
         *       "password": "correct horse battery staple"
         *     }
         */
        LoginRequest: {
            /** @default false */
            cookie?: boolean;
            /** @default  */
            otp?: string;
            password: string;
            username: string;
        };
        LogLine: {
            at: string;
            attempt: number;
            line: number;
            sequence: number;
            text: string;
        };
        LogoutAddress: {
            url: string | null;
        };
        LogPage: {
            cursor: string;
            entries: components["schemas"]["LogEntry"][];
            next: string | null;
        };
        LogSummary: {
            hosts: components["schemas"]["HostTraffic"][];
            nodes: components["schemas"]["NodeTraffic"][];
            paths: components["schemas"]["PathTraffic"][];
            paths_counted: number;
            series: components["schemas"]["TrafficPoint"][];
            since: string;
            step: number;
            total: components["schemas"]["Traffic"];
            troubles: components["schemas"]["LogTrouble"][];
            until: string;
            whole: boolean;
        };
        LogTrouble: {
            lost_bytes: number;
            node: string | null;
            node_id: string;
            refused_lines: number;
            unreadable_lines: number;
        };
        MailSettingsRequest: {
            /** @default  */
            ca_pem?: string;
            /** @default true */
            enabled?: boolean;
            /** Format: email */
            from_address: string;
            /** @default Nimbus */
            from_name?: string;
            host: string;
            /** @default null */
            password?: string | null;
            /** @default 587 */
            port?: number;
            /**
             * @default starttls
             * @enum {unknown}
             */
            security?: "none" | "starttls" | "tls";
            /** @default 15 */
            timeout?: number;
            /** @default  */
            username?: string;
        };
        MailSettingsView: {
            ca_pem: string;
            enabled: boolean;
            from_address: string;
            from_name: string;
            has_password: boolean;
            host: string;
            port: number;
            revision: number;
            /** @enum {unknown} */
            security: "none" | "starttls" | "tls";
            timeout: number;
            updated_at: string | null;
            username: string;
        };
        MailTest: {
            ok: boolean;
            recipient: string;
            steps: components["schemas"]["Step"][];
        };
        MailTestRequest: Record<string, never>;
        Maintenance: {
            by: string;
            reason: string;
            since: string | null;
            until: string | null;
        };
        /** @enum {unknown} */
        MasterKeyState: "current" | "reencrypting" | "remove-by-hand" | "retiring" | "unreadable";
        MasterKeyStatus: {
            file: string;
            keys: components["schemas"]["MasterKeyView"][];
            note: string;
            primary: string;
            state: components["schemas"]["MasterKeyState"];
            unreadable: number;
            values: number;
            values_left: number;
            writable: boolean;
        };
        MasterKeyView: {
            adopted_at: string | null;
            in_file: boolean;
            key_id: string;
            primary: boolean;
            values: number;
        };
        /**
         * @example {
         *       "user": "ann"
         *     }
         */
        MemberRequest: {
            user: string;
        };
        MemberView: {
            source: string;
            user_id: string;
            username: string;
        };
        MeshCause: {
            /** @enum {unknown} */
            cause: "no_answer" | "not_measured" | "offline" | "relay";
            node: string;
            ways: number;
        };
        MeshExplanation: {
            findings: components["schemas"]["MeshFinding"][];
            from: string;
            next_step: string;
            pairs: components["schemas"]["MeshPair"][];
            /** @enum {unknown} */
            path: "direct" | "down" | "idle" | "relayed";
            summary: string;
            to: string;
        };
        MeshFinding: {
            message: string;
            ok: boolean | null;
        };
        MeshHistory: {
            from: string;
            resolution: number;
            since: string;
            step: number;
            timestamps: number[];
            to: string;
            until: string;
            ways: components["schemas"]["HistoryWay"][];
        };
        MeshInfo: {
            carried: components["schemas"]["Carried"] | null;
            members: number;
            mode: string;
            overlay: string;
            revision: number;
        };
        MeshLinks: {
            a: number[];
            b: number[];
            handshake_age_s: (number | null)[];
            path: ("direct" | "down" | "idle" | "relayed")[];
            rtt_ms: (number | null)[];
        };
        MeshNetwork: {
            doubled: boolean;
            heard: components["schemas"]["HeardAt"][];
            /** @enum {unknown} */
            kind: "firewall" | "nat" | "none" | "port_per_destination" | "same_port" | "udp_blocked" | "unknown";
            message: string;
        };
        MeshNode: {
            address: string;
            direct: number;
            down: number;
            id: string;
            idle: number;
            measured_at: string | null;
            name: string;
            online: boolean;
            organization: string;
            place: number;
            relayed: number;
            rtt_ms: number | null;
            scope: number;
            ways: number;
        };
        MeshPair: {
            /**
             * @default
             * @enum {unknown}
             */
            cause?: "" | "no_answer" | "not_measured" | "offline" | "relay";
            /** @default  */
            endpoint?: string;
            from: string;
            handshake_age_s: number | null;
            /** @default null */
            loss_percent?: number | null;
            measured_at: string | null;
            /** @enum {unknown} */
            path: "direct" | "down" | "idle" | "relayed";
            rtt_ms: number | null;
            rx_bytes: number;
            to: string;
            tx_bytes: number;
            /**
             * @default
             * @enum {unknown}
             */
            way?: "" | "lan" | "outside" | "relay" | "tls";
        };
        MeshPlace: {
            address: string;
            public_key: string;
        };
        MeshPolicy: {
            /**
             * @default allow
             * @enum {unknown}
             */
            default?: "allow" | "deny";
            /** @default [] */
            rules?: components["schemas"]["PolicyRule"][];
            /** @default [] */
            tests?: components["schemas"]["PolicyTest"][];
        };
        MeshSummary: {
            causes: components["schemas"]["MeshCause"][];
            direct: number;
            down: number;
            idle: number;
            members: number;
            not_measured: number;
            oldest_at: string | null;
            relayed: number;
            ways: number;
        };
        MeshTopology: {
            complete: boolean;
            idle: string[];
            joined: number[][];
            links: components["schemas"]["MeshLinks"];
            nodes: components["schemas"]["MeshNode"][];
            problems: number;
            relayed: string[];
            silent: string[];
            unmeasured: string[];
        };
        MessageView: {
            answer: string;
            attempts: number;
            created_at: string;
            finished_at: string | null;
            id: string;
            next_attempt_at: string | null;
            /** @enum {unknown} */
            purpose: "invite" | "notification";
            recipient: string;
            reference: string;
            /** @enum {unknown} */
            state: "failed" | "queued" | "sent";
            subject: string;
        };
        /**
         * @example {
         *       "organization": "acme"
         *     }
         */
        MoveRequest: {
            organization: string;
        };
        NamedReference: {
            field: string;
            id: string;
            /** @enum {unknown} */
            kind: "certificate" | "node" | "template" | "upstream";
            name: string;
        };
        NewInvite: {
            accepted_at: string | null;
            accepted_by: string | null;
            created_at: string;
            email: string;
            expires_at: string;
            groups: string[];
            id: string;
            invited_by: string;
            labels: {
                [key: string]: string;
            };
            link: string | null;
            mail: components["schemas"]["MessageView"] | null;
            message: string;
            organization: string;
            organization_id: string;
            revision: number;
            revoked_at: string | null;
            role: string;
            role_id: string;
            sent: number;
            /** @enum {unknown} */
            state: "accepted" | "expired" | "pending" | "revoked";
            updated_at: string;
            workspace: string | null;
            workspace_id: string | null;
        };
        NewKey: {
            access_key: string;
            /** @default null */
            api_key?: string | null;
            /** @default null */
            expires_at?: string | null;
            id: string;
            /** @enum {unknown} */
            kind: "api-key" | "hmac";
            name: string;
            /** @default null */
            previous_until?: string | null;
            /** @default null */
            secret_key?: string | null;
        };
        NewSecretValue: {
            /**
             * @default text
             * @enum {unknown}
             */
            encoding?: "base64" | "text";
            value: string;
        };
        NginxCounts: {
            /** @default 0 */
            accepted?: number;
            /** @default 0 */
            active?: number;
            /** @default 0 */
            handled?: number;
            /** @default 0 */
            reading?: number;
            /** @default 0 */
            requests?: number;
            /** @default 0 */
            waiting?: number;
            /** @default 0 */
            writing?: number;
        };
        NginxOrder: {
            /** @enum {unknown} */
            action: "reload" | "restart" | "start" | "stop" | "test";
        };
        NodeCertificate: {
            fingerprint: string | null;
            issued_at: string;
            not_after: string;
            renewed_at: string | null;
            serial: string;
        };
        NodeCounts: {
            states: {
                [key: string]: number;
            };
            total: number;
        };
        NodeDeletion: {
            certificates: components["schemas"]["NodeCertificate"][];
            id: string;
            join_tokens: components["schemas"]["OpenToken"][];
            mesh: components["schemas"]["MeshPlace"] | null;
            name: string;
            open_tasks: number;
            session_keys: number;
        };
        NodeDetails: {
            alerts: string[];
            approval: components["schemas"]["Approval"];
            /** @enum {unknown} */
            auth: "mtls" | "session-key";
            capabilities: string[];
            certificate: components["schemas"]["NodeCertificate"] | null;
            checks: components["schemas"]["HealthCheck"][];
            created_at: string;
            deployment_mode: string;
            description: string;
            facts: components["schemas"]["Facts"];
            facts_at: string | null;
            hostname: string;
            id: string;
            labels: {
                [key: string]: string;
            };
            last_seen_at: string | null;
            listen_port: number | null;
            maintenance: components["schemas"]["Maintenance"] | null;
            mesh_via: string | null;
            metrics: components["schemas"]["SystemMetrics"];
            mtu: number | null;
            mtu_source: string | null;
            name: string;
            outdated: boolean;
            overlay_ip: string | null;
            public_ip: string | null;
            revision: number;
            revisions: {
                [key: string]: number;
            };
            rotating_key: boolean;
            state: components["schemas"]["NodesNodeState"];
            state_since: string;
            version: string;
            wanted_mtu: number;
            wanted_port: number;
            workspace: string;
            workspace_id: string;
        };
        NodeFilters: {
            labels: components["schemas"]["LabelCount"][];
            systems: components["schemas"]["SystemCount"][];
            versions: components["schemas"]["VersionCount"][];
        };
        NodeMetrics: {
            node: string;
            node_id: string;
            resolution: number;
            series: components["schemas"]["Series"][];
            since: string;
            step: number;
            timestamps: number[];
            until: string;
            workspace_id: string;
        };
        /**
         * @example {
         *       "labels": {
         *         "tier": "gold",
         *         "old": null
         *       },
         *       "maintenance": true
         *     }
         */
        NodePatch: {
            /** @default null */
            description?: string | null;
            /** @default null */
            labels?: {
                [key: string]: string | null;
            } | null;
            /** @default null */
            maintenance?: boolean | null;
            /** @default null */
            maintenance_reason?: string | null;
            /** @default null */
            maintenance_until?: string | null;
            /** @default null */
            name?: string | null;
            /** @default null */
            wanted_mtu?: number | null;
            /** @default null */
            wanted_port?: number | null;
        };
        /** @enum {unknown} */
        NodesNodeState: "Degraded" | "Maintenance" | "Offline" | "Online" | "Pending";
        NodeTraffic: {
            bytes: number;
            node: string | null;
            node_id: string;
            p50_ms: number | null;
            p95_ms: number | null;
            p99_ms: number | null;
            requests: number;
            status: components["schemas"]["StatusCounts"];
        };
        NodeView: {
            alerts: string[];
            approval: components["schemas"]["Approval"];
            /** @enum {unknown} */
            auth: "mtls" | "session-key";
            capabilities: string[];
            checks: components["schemas"]["HealthCheck"][];
            created_at: string;
            deployment_mode: string;
            description: string;
            facts: components["schemas"]["Facts"];
            facts_at: string | null;
            hostname: string;
            id: string;
            labels: {
                [key: string]: string;
            };
            last_seen_at: string | null;
            listen_port: number | null;
            maintenance: components["schemas"]["Maintenance"] | null;
            mesh_via: string | null;
            metrics: components["schemas"]["SystemMetrics"];
            mtu: number | null;
            mtu_source: string | null;
            name: string;
            outdated: boolean;
            overlay_ip: string | null;
            public_ip: string | null;
            revision: number;
            revisions: {
                [key: string]: number;
            };
            rotating_key: boolean;
            state: components["schemas"]["NodesNodeState"];
            state_since: string;
            version: string;
            wanted_mtu: number;
            wanted_port: number;
            workspace: string;
            workspace_id: string;
        };
        NoMeta: Record<string, never>;
        Note: {
            field: string;
            message: string;
            /** @default  */
            node?: string;
        };
        NotificationSettingsRequest: {
            /** @default null */
            kinds?: components["schemas"]["Kind"][] | null;
            recipients: string[];
        };
        NotificationSettingsView: {
            kinds: components["schemas"]["Kind"][];
            organization: string | null;
            recipients: string[];
            revision: number;
            updated_at: string | null;
        };
        ObjectProblemView: {
            line: number;
            name: string;
            owner: string;
            problem: string;
            served: number;
            wanted: number;
        };
        ObjectsUse: {
            field: string;
            id: string;
            kind: string;
            name: string;
        };
        Occupants: {
            count: number;
            kind: string;
            names: string[];
        };
        OpenToken: {
            expires_at: string;
            id: string;
        };
        OperationDetails: {
            at_once: number;
            can: string[];
            canaries: number;
            counts: components["schemas"]["StepCounts"];
            created_at: string;
            created_by: string;
            ended_at: string | null;
            failure_budget: number;
            id: string;
            kind: string;
            name: string;
            parameters: Record<string, never>;
            percent: number;
            state: components["schemas"]["OperationState"];
            steps: components["schemas"]["StepView"][];
            tasks: components["schemas"]["TaskView"][];
            workspace: string;
            workspace_id: string;
        };
        OperationPlan: {
            at_once: number;
            canaries: number;
            failure_budget: number;
            kind: string;
            steps: components["schemas"]["StepView"][];
            workspace: string;
        };
        OperationRequest: {
            /** @default null */
            at_once?: number | null;
            /** @default 0 */
            canaries?: number;
            /** @default 0 */
            failure_budget?: number;
            kind: string;
            /** @default  */
            label?: string;
            /** @default null */
            max_attempts?: number | null;
            name: string;
            /** @default [] */
            nodes?: string[];
            /** @default {} */
            parameters?: Record<string, never>;
            /** @default null */
            timeout_s?: number | null;
            /** @default  */
            workspace?: string;
        };
        /** @enum {unknown} */
        OperationState: "cancelled" | "cancelling" | "failed" | "paused" | "running" | "succeeded" | "undoing";
        OperationView: {
            at_once: number;
            canaries: number;
            counts: components["schemas"]["StepCounts"];
            created_at: string;
            created_by: string;
            ended_at: string | null;
            failure_budget: number;
            id: string;
            kind: string;
            name: string;
            parameters: Record<string, never>;
            percent: number;
            state: components["schemas"]["OperationState"];
            workspace: string;
            workspace_id: string;
        };
        OrganizationPatch: {
            /** @default null */
            cross_workspace_visibility?: boolean | null;
            /** @default null */
            description?: string | null;
            /** @default null */
            labels?: {
                [key: string]: string | null;
            } | null;
            /** @default null */
            name?: string | null;
            /** @default null */
            require_second_factor?: boolean | null;
        };
        /**
         * @example {
         *       "name": "acme"
         *     }
         */
        OrganizationRequest: {
            /** @default false */
            cross_workspace_visibility?: boolean;
            /** @default  */
            description?: string;
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            name: string;
            /** @default false */
            require_second_factor?: boolean;
        };
        OrganizationView: {
            created_at: string;
            cross_workspace_visibility: boolean;
            description: string;
            id: string;
            labels: {
                [key: string]: string;
            };
            name: string;
            require_second_factor: boolean;
            revision: number;
            updated_at: string;
        };
        /** @enum {unknown} */
        Origin: "database" | "default" | "environment" | "file" | "flag";
        Page: {
            page: number;
            per_page: number;
            total: number;
        };
        PasskeyOptions: {
            options: Record<string, never>;
            state: string;
        };
        PasskeyOptionsRequest: {
            /** @default  */
            challenge?: string;
        };
        PasskeyPatch: {
            name: string;
        };
        PasskeyRegistered: {
            passkey: components["schemas"]["PasskeyView"];
            recovery_codes: string[];
        };
        PasskeyRegistration: {
            credential: Record<string, never>;
            /** @default  */
            name?: string;
            state: string;
        };
        PasskeySignIn: {
            /** @default false */
            cookie?: boolean;
            credential: Record<string, never>;
            state: string;
        };
        PasskeyView: {
            backed_up: boolean;
            created_at: string;
            id: string;
            last_used_at: string | null;
            name: string;
            revision: number;
            transports: string[];
        };
        PasswordRequest: {
            /** @default  */
            current?: string;
            /** @default false */
            must_change?: boolean;
            password: string;
        };
        PathTraffic: {
            bytes: number;
            path: string;
            requests: number;
        };
        /** @enum {unknown} */
        Permission: "agent:delete" | "agent:read" | "agent:reload" | "agent:write" | "artifact:delete" | "artifact:read" | "artifact:write" | "audit:read" | "certificate:delete" | "certificate:export" | "certificate:read" | "certificate:write" | "config:delete" | "config:deploy" | "config:read" | "config:write" | "event:read" | "group:delete" | "group:read" | "group:write" | "invite:delete" | "invite:read" | "invite:write" | "key:delete" | "key:read" | "key:write" | "log:read" | "mesh:read" | "mesh:write" | "organization:delete" | "organization:read" | "organization:write" | "role:delete" | "role:read" | "role:write" | "secret:delete" | "secret:read" | "secret:reveal" | "secret:write" | "settings:read" | "settings:write" | "task:read" | "task:write" | "user:delete" | "user:read" | "user:write" | "workspace:delete" | "workspace:read" | "workspace:write";
        PermissionView: {
            description: string;
            permission: string;
            resource: string;
            roles: string[];
            title: string;
        };
        /**
         * @example {
         *       "name": "laptop",
         *       "kind": "api-key",
         *       "ttl": "90d"
         *     }
         */
        PersonalKeyRequest: {
            /**
             * @default hmac
             * @enum {unknown}
             */
            kind?: "api-key" | "hmac";
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            name: string;
            /** @default  */
            role?: string;
            /** @default  */
            tenant?: string;
            /** @default  */
            ttl?: string;
            /** @default  */
            workspace?: string;
        };
        PlannedNodeView: {
            files: components["schemas"]["FileChangeView"][];
            node: string;
            node_id: string;
            notes: string[];
            objects: components["schemas"]["DeployedObject"][];
            problems: string[];
            wave: number;
        };
        PolicyChange: {
            allowed: boolean;
            /** @enum {unknown} */
            change: "joined" | "narrowed" | "parted" | "widened";
            from: string;
            opened: string[];
            opens: string[];
            rule: string;
            to: string;
        };
        PolicyPreview: {
            changes: components["schemas"]["PolicyChange"][];
            joined: number;
            keep_no_ports: string[];
            narrowed: number;
            parted: number;
            widened: number;
        };
        PolicyRule: {
            /** @enum {unknown} */
            action: "allow" | "deny";
            /** @default {} */
            from?: components["schemas"]["Selector"];
            name: string;
            /** @default null */
            ports?: string[] | null;
            /** @default {} */
            to?: components["schemas"]["Selector"];
        };
        PolicyTest: {
            /** @default true */
            allowed?: boolean;
            from: string;
            /** @default  */
            port?: string;
            to: string;
        };
        PolicyView: {
            keep_no_ports: string[];
            organization: string;
            organization_id: string;
            policy: components["schemas"]["MeshPolicy"];
            revision: number;
            updated_at: string | null;
            updated_by: string;
        };
        Preview: {
            email: string;
            expires_at: string;
            invited_by: string;
            message: string;
            min_password_length: number;
            organization: string;
            role: string;
            workspace: string | null;
        };
        PreviewRequest: {
            token: string;
        };
        PreviewView: {
            /** @default [] */
            changes?: components["schemas"]["FieldChange"][];
            /** @default [] */
            files?: components["schemas"]["FileView"][];
            /** @default [] */
            problems?: components["schemas"]["ProblemView"][];
            /** @default [] */
            requests?: string[];
        };
        ProbeStarted: {
            nodes: number;
            operations: string[];
        };
        ProblemView: {
            field: string;
            /** @default null */
            line?: number | null;
            message: string;
        };
        ProviderCheck: {
            /** @default  */
            client_authentication?: string;
            /** @default false */
            device_flow?: boolean;
            /** @default {} */
            endpoints?: {
                [key: string]: string;
            };
            issuer: string;
            ok: boolean;
            problems: string[];
            redirect_uri: string;
            /** @default false */
            sign_out?: boolean;
            /** @default [] */
            signing_keys?: string[];
        };
        RateLimit: {
            /** @default 0 */
            burst?: number;
            /** @default false */
            delay?: boolean;
            /**
             * @default second
             * @enum {unknown}
             */
            per?: "minute" | "second";
            rate: number;
        };
        Reason: {
            /** @enum {unknown} */
            code: "certificate_expiring" | "degraded" | "disk_full" | "offline";
            message: string;
        };
        Reauthenticated: {
            recent_until: string;
        };
        ReauthenticationRequest: {
            /** @default {} */
            credential?: Record<string, never>;
            /** @default  */
            otp?: string;
            /** @default  */
            password?: string;
            /** @default  */
            state?: string;
        };
        RecoveryCodes: {
            recovery_codes: string[];
        };
        RefreshRequest: {
            /** @default  */
            refresh_token?: string;
        };
        Rejection: {
            /** @default  */
            reason?: string;
        };
        RejoinRequest: {
            /** @default 0 */
            mtu?: number;
            /** @default [] */
            pins?: string[];
            /** @default false */
            through_proxy?: boolean;
            /** @default 10m */
            ttl?: string;
        };
        Removed: {
            id: string;
        };
        ResendRequest: {
            /** @default 7d */
            ttl?: string;
        };
        RetentionView: {
            keeps: string;
            oldest: string | null;
            rows: number | null;
            table: string;
        };
        RewriteRule: {
            /**
             * @default last
             * @enum {unknown}
             */
            flag?: "break" | "last" | "permanent" | "redirect";
            pattern: string;
            replacement: string;
        };
        RolePatch: {
            /** @default null */
            description?: string | null;
            /** @default null */
            labels?: {
                [key: string]: string | null;
            } | null;
            /** @default null */
            name?: string | null;
            /** @default null */
            permissions?: components["schemas"]["Permission"][] | null;
        };
        /**
         * @example {
         *       "name": "reader",
         *       "organization": "acme",
         *       "permissions": [
         *         "agent:read",
         *         "task:read"
         *       ]
         *     }
         */
        RoleRequest: {
            /** @default  */
            description?: string;
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            name: string;
            /** @default  */
            organization?: string;
            permissions: components["schemas"]["Permission"][];
        };
        RoleView: {
            built_in: boolean;
            created_at: string | null;
            description: string;
            id: string;
            labels: {
                [key: string]: string;
            };
            name: string;
            organization: string | null;
            organization_id: string | null;
            permissions: string[];
            revision: number;
            updated_at: string | null;
        };
        Rollback: {
            /** @default  */
            summary?: string;
            /** @default null */
            version?: number | null;
        };
        /**
         * @example {
         *       "overlap": "24h"
         *     }
         */
        RotateRequest: {
            /** @default 24h */
            overlap?: string;
        };
        SecondFactorRequest: {
            challenge: string;
            /** @default false */
            cookie?: boolean;
            otp: string;
        };
        SecretComparison: {
            same: boolean;
            version: number;
        };
        SecretPatch: {
            /** @default null */
            description?: string | null;
            /** @default null */
            labels?: {
                [key: string]: string | null;
            } | null;
            /** @default null */
            name?: string | null;
        };
        /**
         * @example {
         *       "name": "database",
         *       "workspace": "acme/db",
         *       "value": "swordfish"
         *     }
         */
        SecretRequest: {
            /** @default  */
            description?: string;
            /**
             * @default text
             * @enum {unknown}
             */
            encoding?: "base64" | "text";
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            name: string;
            value: string;
            /** @default  */
            workspace?: string;
        };
        SecretRollback: {
            /** @default null */
            version?: number | null;
        };
        SecretsUse: {
            field: string;
            resource_id: string;
            resource_kind: string;
        };
        SecretValueView: {
            /** @enum {unknown} */
            encoding: "base64" | "text";
            id: string;
            name: string;
            value: string;
            version: number;
        };
        SecretVersionView: {
            created_at: string;
            created_by: string;
            current: boolean;
            /** @enum {unknown} */
            encoding: "base64" | "text";
            restored_from: number | null;
            version: number;
        };
        SecretView: {
            created_at: string;
            created_by: string;
            description: string;
            /** @enum {unknown} */
            encoding: "base64" | "text";
            id: string;
            labels: {
                [key: string]: string;
            };
            last_read_at: string | null;
            name: string;
            references: components["schemas"]["SecretsUse"][];
            revision: number;
            updated_at: string;
            version: number;
            workspace: string;
            workspace_id: string;
        };
        Selector: {
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            /** @default  */
            organization?: string;
            /** @default  */
            workspace?: string;
        };
        Series: {
            avg: (number | null)[];
            max: (number | null)[] | null;
            metric: string;
            min: (number | null)[] | null;
            unit: string;
        };
        ServedView: {
            changed_at: string;
            current: number;
            line: number;
            name: string;
            node: string;
            node_id: string;
            owner: string;
            problem: string;
            served: number;
            wanted: number;
            workspace: string;
        };
        ServerView: {
            address: string;
            addresses: string[];
            healthy: boolean;
            problem: string;
            upstream: string;
        };
        /**
         * @example {
         *       "name": "ci",
         *       "role": "operator",
         *       "workspace": "acme/web",
         *       "kind": "api-key"
         *     }
         */
        ServiceKeyRequest: {
            /**
             * @default api-key
             * @enum {unknown}
             */
            kind?: "api-key" | "hmac";
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            name: string;
            /** @default  */
            organization?: string;
            role: string;
            /** @default  */
            tenant?: string;
            /** @default  */
            ttl?: string;
            /** @default  */
            workspace?: string;
        };
        SessionView: {
            created_at: string;
            current: boolean;
            expires_at: string;
            id: string;
            last_used_at: string;
            last_used_from: string;
            methods: string[];
            source: string;
            user: string;
            user_agent: string;
            user_id: string;
        };
        SettingsPatch: {
            access_log_quota_gib?: number | null;
            access_log_retention_days?: number | null;
            artifact_largest_gib?: number | null;
            artifact_quota_gib?: number | null;
            audit_retention_days?: number | null;
            backups_kept?: number | null;
            /** @default false */
            confirm?: boolean;
            display_color?: ("amber" | "blue" | "green" | "none" | "red" | "violet") | null;
            display_name?: string | null;
            ended_retention_days?: number | null;
            enrolment?: ("approve" | "auto") | null;
            event_retention_hours?: number | null;
            log_level?: ("debug" | "error" | "info" | "warning") | null;
            rate_limit_per_address?: number | null;
            rate_limit_per_key?: number | null;
            require_second_factor?: boolean | null;
            task_retention_count?: number | null;
            task_retention_days?: number | null;
        };
        SettingsView: {
            settings: components["schemas"]["SettingView"][];
        };
        SettingView: {
            area: string;
            changeable: boolean;
            changed_at: string | null;
            changed_by: string | null;
            choices: string[];
            default: string | number | boolean;
            flag: string;
            help: string;
            name: string;
            origin: components["schemas"]["Origin"];
            source: string;
            title: string;
            value: string | number | boolean;
            variable: string;
        };
        SetupRequest: {
            /** @default false */
            cookie?: boolean;
            /** @default  */
            email?: string;
            password: string;
            token: string;
            username: string;
        };
        SignedIn: {
            access_token: string;
            expires_in: number;
            refresh_expires_in: number;
            refresh_token: string | null;
            /** @default null */
            second_factor_wanted_by?: string | null;
            session_id: string;
            /** @default Bearer */
            token_type?: string;
            user: components["schemas"]["UserView"];
        };
        SignedOut: {
            session_id: string | null;
        };
        SignInMethod: {
            display_name: string;
            /** @enum {unknown} */
            kind: "github" | "oidc";
            name: string;
            start: string;
        };
        SignInMethods: {
            control_plane: components["schemas"]["ControlPlaneMark"];
            passkey: boolean;
            password: boolean;
            providers: components["schemas"]["SignInMethod"][];
            setup_required: boolean;
        };
        SqlAnswer: {
            columns: string[];
            rows: unknown[][];
            rows_read: number;
            took_ms: number;
            truncated: boolean;
        };
        SqlRequest: {
            /** @default  */
            client?: string;
            /** @default  */
            host?: string;
            /** @default 1000 */
            max_rows?: number;
            /** @default  */
            method?: string;
            /** @default 0 */
            min_duration_ms?: number;
            /** @default  */
            node?: string;
            /** @default  */
            q?: string;
            /** @default null */
            since?: string | null;
            sql: string;
            /** @default  */
            status?: string;
            /** @default 2 */
            timeout?: number;
            /** @default null */
            until?: string | null;
            /** @default  */
            uri?: string;
            /** @default  */
            virtual_host?: string;
        };
        /** @enum {unknown} */
        State: "expired" | "expiring" | "pending" | "valid";
        StatusCounts: {
            client_error: number;
            informational: number;
            other: number;
            redirect: number;
            server_error: number;
            success: number;
        };
        Step: {
            answer: string;
            ok: boolean;
            step: string;
        };
        StepCounts: {
            /** @default 0 */
            cancelled?: number;
            /** @default 0 */
            failed?: number;
            /** @default 0 */
            queued?: number;
            /** @default 0 */
            running?: number;
            /** @default 0 */
            skipped?: number;
            /** @default 0 */
            succeeded?: number;
            /** @default 0 */
            total?: number;
            /** @default 0 */
            undone?: number;
        };
        /** @enum {unknown} */
        StepState: "cancelled" | "failed" | "running" | "skipped" | "succeeded" | "undo_failed" | "undoing" | "undone" | "waiting";
        StepView: {
            ended_at: string | null;
            error: {
                [key: string]: string;
            } | null;
            held: string;
            is_gate: boolean;
            kind: string;
            name: string;
            needs: string[];
            node: string;
            node_id: string;
            parameters: Record<string, never>;
            percent: number | null;
            started_at: string | null;
            state: components["schemas"]["StepState"];
            task_id: string | null;
            undo: string | null;
            undo_task_id: string | null;
            wave: number;
        };
        SystemCount: {
            nodes: number;
            os: string;
        };
        SystemMetrics: {
            /** @default 0 */
            cpu_percent?: number;
            /** @default 0 */
            disk_total_bytes?: number;
            /** @default 0 */
            disk_used_bytes?: number;
            /** @default 0 */
            load_1m?: number;
            /** @default 0 */
            memory_total_bytes?: number;
            /** @default 0 */
            memory_used_bytes?: number;
            /** @default 0 */
            network_rx_bytes?: number;
            /** @default 0 */
            network_tx_bytes?: number;
            /** @default 0 */
            uptime_s?: number;
        };
        Targets: {
            /**
             * @default workspace
             * @enum {unknown}
             */
            kind?: "all" | "labels" | "node" | "workspace";
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            /** @default null */
            node?: string | null;
        };
        TaskCounts: {
            since: string;
            states: {
                [key: string]: number;
            };
        };
        TaskKindView: {
            max_attempts: number;
            name: string;
            parameters: Record<string, never>;
            retryable: boolean;
            summary: string;
            timeout_s: number;
        };
        /**
         * @example {
         *       "node": "web-1",
         *       "kind": "collect_facts"
         *     }
         */
        TaskRequest: {
            /** @default [] */
            depends_on?: string[];
            kind: string;
            /** @default null */
            max_attempts?: number | null;
            node: string;
            /** @default {} */
            parameters?: Record<string, never>;
            /** @default null */
            timeout_s?: number | null;
            /** @default  */
            workspace?: string;
        };
        /** @enum {unknown} */
        TaskState: "cancelled" | "failed" | "queued" | "running" | "succeeded";
        TaskView: {
            attempt: number;
            cancel_requested: boolean;
            created_at: string;
            created_by: string;
            depends_on: string[];
            due_at: string;
            error: {
                [key: string]: string;
            } | null;
            finished_at: string | null;
            id: string;
            kind: string;
            max_attempts: number;
            node: string;
            node_id: string;
            operation_id: string | null;
            parameters: Record<string, never>;
            percent: number | null;
            result: unknown;
            retry_of: string | null;
            started_at: string | null;
            state: components["schemas"]["TaskState"];
            timeout_s: number;
            truncated: boolean;
            workspace_id: string;
        };
        TemplatePatch: {
            /** @default null */
            description?: string | null;
            /** @default null */
            labels?: {
                [key: string]: string | null;
            } | null;
            /** @default null */
            name?: string | null;
            /** @default  */
            summary?: string;
            text?: string;
        };
        TemplatePreview: {
            /** @default  */
            name?: string;
            text: string;
            /** @default  */
            workspace?: string;
        };
        /**
         * @example {
         *       "name": "shop",
         *       "workspace": "acme/web",
         *       "text": "server {\n    {{listen}}\n    server_name {{server_name}};\n    return 204;\n}\n"
         *     }
         */
        TemplateRequest: {
            /** @default  */
            description?: string;
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            name: string;
            /** @default  */
            summary?: string;
            text: string;
            /** @default  */
            workspace?: string;
        };
        TemplateView: {
            built_in: boolean;
            created_at: string;
            created_by: string;
            description: string;
            id: string;
            labels: {
                [key: string]: string;
            };
            name: string;
            notes: components["schemas"]["Note"][];
            references: components["schemas"]["NamedReference"][];
            revision: number;
            sha256: string;
            summary: string;
            text: string;
            updated_at: string;
            updated_by: string;
            used_by: components["schemas"]["ObjectsUse"][];
            version: number;
            workspace: string;
            workspace_id: string;
        };
        /**
         * @example {
         *       "name": "web-1",
         *       "workspace": "default/default",
         *       "ttl": "1h",
         *       "labels": {
         *         "tier": "gold"
         *       }
         *     }
         */
        TokenRequest: {
            /** @default null */
            approve?: boolean | null;
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            /** @default 0 */
            mtu?: number;
            /** @default  */
            name?: string;
            /** @default [] */
            pins?: string[];
            /** @default false */
            through_proxy?: boolean;
            /** @default 10m */
            ttl?: string;
            /** @default 1 */
            uses?: number;
            /** @default  */
            workspace?: string;
        };
        TokenView: {
            command: string;
            expires_at: string;
            id: string;
            join_command: string;
            token: string;
            uses: number;
        };
        TotpEnrolment: {
            otpauth_uri: string;
            secret: string;
        };
        Traffic: {
            bytes: number;
            p50_ms: number | null;
            p95_ms: number | null;
            p99_ms: number | null;
            requests: number;
            status: components["schemas"]["StatusCounts"];
        };
        TrafficPoint: {
            at: string;
            bytes: number;
            p50_ms: number | null;
            p95_ms: number | null;
            p99_ms: number | null;
            requests: number;
            status: components["schemas"]["StatusCounts"];
        };
        /**
         * @example {
         *       "name": "k3s",
         *       "version": "1.36.3",
         *       "cpu": "x86_64",
         *       "size": 5,
         *       "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
         *     }
         */
        UploadRequest: {
            /** @default application/octet-stream */
            content_type?: string;
            /** @default any */
            cpu?: components["schemas"]["Cpu"];
            /** @default  */
            description?: string;
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            name: string;
            sha256: string;
            size: number;
            version: string;
            /** @default  */
            workspace?: string;
        };
        UploadView: {
            /** @default null */
            artifact?: components["schemas"]["ArtifactView"] | null;
            cpu: components["schemas"]["Cpu"];
            created_at: string;
            created_by: string;
            id: string | null;
            name: string;
            received: number;
            sha256: string;
            size: number;
            version: string;
            workspace: string;
            workspace_id: string;
        };
        UpstreamCheck: {
            /** @default 3 */
            failures?: number;
            /** @default  */
            host?: string;
            /** @default 10 */
            interval?: number;
            /**
             * @default http
             * @enum {unknown}
             */
            kind?: "http" | "tcp";
            /** @default / */
            path?: string;
            /** @default null */
            status?: number | null;
            /** @default 2 */
            successes?: number;
            /** @default 5 */
            timeout?: number;
        };
        UpstreamPatch: {
            algorithm?: components["schemas"]["Algorithm"];
            /** @default null */
            description?: string | null;
            health_check?: components["schemas"]["UpstreamCheck"] | null;
            keepalive?: number;
            keepalive_timeout?: number;
            /** @default null */
            labels?: {
                [key: string]: string | null;
            } | null;
            /** @default null */
            name?: string | null;
            servers?: components["schemas"]["UpstreamServer"][];
            /** @default  */
            summary?: string;
            tls?: components["schemas"]["UpstreamTls"] | null;
        };
        UpstreamPreview: {
            /** @default round_robin */
            algorithm?: components["schemas"]["Algorithm"];
            /** @default null */
            health_check?: components["schemas"]["UpstreamCheck"] | null;
            /** @default 32 */
            keepalive?: number;
            /** @default 60 */
            keepalive_timeout?: number;
            /** @default  */
            name?: string;
            servers: components["schemas"]["UpstreamServer"][];
            /** @default null */
            tls?: components["schemas"]["UpstreamTls"] | null;
            /** @default  */
            workspace?: string;
        };
        /**
         * @example {
         *       "name": "app",
         *       "workspace": "acme/web",
         *       "servers": [
         *         {
         *           "address": "10.0.0.5:8080"
         *         },
         *         {
         *           "address": "app.example.com:8080",
         *           "weight": 2
         *         }
         *       ]
         *     }
         */
        UpstreamRequest: {
            /** @default round_robin */
            algorithm?: components["schemas"]["Algorithm"];
            /** @default  */
            description?: string;
            /** @default null */
            health_check?: components["schemas"]["UpstreamCheck"] | null;
            /** @default 32 */
            keepalive?: number;
            /** @default 60 */
            keepalive_timeout?: number;
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            name: string;
            servers: components["schemas"]["UpstreamServer"][];
            /** @default  */
            summary?: string;
            /** @default null */
            tls?: components["schemas"]["UpstreamTls"] | null;
            /** @default  */
            workspace?: string;
        };
        UpstreamServer: {
            /** @default  */
            address?: string;
            /** @default false */
            backup?: boolean;
            /** @default false */
            down?: boolean;
            /** @default 10 */
            fail_timeout?: number;
            /** @default null */
            instance?: string | null;
            /** @default 1 */
            max_fails?: number;
            /** @default null */
            node?: string | null;
            /** @default null */
            port?: number | null;
            /** @default null */
            volume_server?: string | null;
            /** @default 1 */
            weight?: number;
        };
        UpstreamTls: {
            /** @default  */
            ca_certificates?: string;
            /** @default  */
            server_name?: string;
            /** @default true */
            verify?: boolean;
        };
        UpstreamView: {
            algorithm: components["schemas"]["Algorithm"];
            created_at: string;
            created_by: string;
            description: string;
            health_check: components["schemas"]["UpstreamCheck"] | null;
            id: string;
            keepalive: number;
            keepalive_timeout: number;
            labels: {
                [key: string]: string;
            };
            name: string;
            notes: components["schemas"]["Note"][];
            references: components["schemas"]["NamedReference"][];
            revision: number;
            servers: components["schemas"]["UpstreamServer"][];
            sha256: string;
            summary: string;
            tls: components["schemas"]["UpstreamTls"] | null;
            updated_at: string;
            updated_by: string;
            used_by: components["schemas"]["ObjectsUse"][];
            version: number;
            workspace: string;
            workspace_id: string;
        };
        UserPatch: {
            /** @default null */
            disabled?: boolean | null;
            /** @default null */
            display_name?: string | null;
            /** @default null */
            email?: string | null;
            /** @default null */
            is_admin?: boolean | null;
            /** @default null */
            labels?: {
                [key: string]: string | null;
            } | null;
            /** @default null */
            must_change_password?: boolean | null;
            /** @default null */
            username?: string | null;
        };
        /**
         * @example {
         *       "username": "ann",
         *       "email": "ann@example.org",
         *       "organization": "acme"
         *     }
         */
        UserRequest: {
            /** @default  */
            display_name?: string;
            /** @default  */
            email?: string;
            /** @default false */
            is_admin?: boolean;
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            /** @default false */
            must_change_password?: boolean;
            /** @default  */
            organization?: string;
            /** @default  */
            password?: string;
            username: string;
        };
        UserView: {
            created_at: string;
            disabled: boolean;
            display_name: string;
            email: string;
            email_verified: boolean;
            has_password: boolean;
            id: string;
            is_admin: boolean;
            labels: {
                [key: string]: string;
            };
            last_login_at: string | null;
            mfa: components["schemas"]["FactorCounts"];
            must_change_password: boolean;
            organization: string | null;
            organization_id: string | null;
            password_changed_at: string | null;
            revision: number;
            updated_at: string;
            username: string;
        };
        Verification: {
            count: number;
            finding: components["schemas"]["Finding"] | null;
            first: number | null;
            head_hash: string;
            last: number | null;
            ok: boolean;
            pruned_through: number;
        };
        VersionCount: {
            nodes: number;
            outdated: boolean;
            version: string;
        };
        VersionDifference: {
            changes: components["schemas"]["FieldChange"][];
            from: number;
            text: string;
            to: number;
        };
        VersionsView: {
            build: string | null;
            nimbus: string;
            openssl: string;
            platform: string;
            protocol: number;
            python: string;
            sqlite: string;
        };
        VersionView: {
            created_at: string;
            created_by: string;
            current: boolean;
            restored_from: number | null;
            sha256: string;
            summary: string;
            version: number;
        };
        VirtualHostPatch: {
            /** @default null */
            description?: string | null;
            gzip?: boolean;
            hsts?: number;
            http2?: boolean;
            http3?: boolean;
            /** @default null */
            labels?: {
                [key: string]: string | null;
            } | null;
            listen_port?: number;
            locations?: components["schemas"]["Location"][];
            logging?: components["schemas"]["Logging"];
            max_body?: number;
            /** @default null */
            name?: string | null;
            rate_limiting?: components["schemas"]["RateLimit"] | null;
            redirect_http?: boolean;
            server_name?: string[];
            ssl_certificate_id?: string | null;
            ssl_enabled?: boolean;
            /** @default  */
            summary?: string;
            target_agents?: components["schemas"]["Targets"];
            template?: string;
            trusted_proxies?: string[];
        };
        VirtualHostPreview: {
            /** @default true */
            gzip?: boolean;
            /** @default 0 */
            hsts?: number;
            /** @default true */
            http2?: boolean;
            /** @default false */
            http3?: boolean;
            /** @default 443 */
            listen_port?: number;
            /** @default [] */
            locations?: components["schemas"]["Location"][];
            /**
             * @default {
             *       "enabled": true,
             *       "mask_client": false,
             *       "drop_query": false
             *     }
             */
            logging?: components["schemas"]["Logging"];
            /** @default 100 */
            max_body?: number;
            /** @default  */
            name?: string;
            /** @default null */
            rate_limiting?: components["schemas"]["RateLimit"] | null;
            /** @default true */
            redirect_http?: boolean;
            server_name: string[];
            /** @default null */
            ssl_certificate_id?: string | null;
            /** @default true */
            ssl_enabled?: boolean;
            /**
             * @default {
             *       "kind": "workspace",
             *       "labels": {},
             *       "node": null
             *     }
             */
            target_agents?: components["schemas"]["Targets"];
            /** @default default */
            template?: string;
            /** @default [] */
            trusted_proxies?: string[];
            /** @default  */
            workspace?: string;
        };
        /**
         * @example {
         *       "name": "shop",
         *       "workspace": "acme/web",
         *       "server_name": [
         *         "www.example.com"
         *       ],
         *       "ssl_enabled": false,
         *       "listen_port": 80,
         *       "locations": [
         *         {
         *           "path": "/",
         *           "redirect": "https://shop.example.com/"
         *         }
         *       ]
         *     }
         */
        VirtualHostRequest: {
            /** @default  */
            description?: string;
            /** @default true */
            gzip?: boolean;
            /** @default 0 */
            hsts?: number;
            /** @default true */
            http2?: boolean;
            /** @default false */
            http3?: boolean;
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            /** @default 443 */
            listen_port?: number;
            /** @default [] */
            locations?: components["schemas"]["Location"][];
            /**
             * @default {
             *       "enabled": true,
             *       "mask_client": false,
             *       "drop_query": false
             *     }
             */
            logging?: components["schemas"]["Logging"];
            /** @default 100 */
            max_body?: number;
            name: string;
            /** @default null */
            rate_limiting?: components["schemas"]["RateLimit"] | null;
            /** @default true */
            redirect_http?: boolean;
            server_name: string[];
            /** @default null */
            ssl_certificate_id?: string | null;
            /** @default true */
            ssl_enabled?: boolean;
            /** @default  */
            summary?: string;
            /**
             * @default {
             *       "kind": "workspace",
             *       "labels": {},
             *       "node": null
             *     }
             */
            target_agents?: components["schemas"]["Targets"];
            /** @default default */
            template?: string;
            /** @default [] */
            trusted_proxies?: string[];
            /** @default  */
            workspace?: string;
        };
        VirtualHostView: {
            created_at: string;
            created_by: string;
            description: string;
            gzip: boolean;
            hsts: number;
            http2: boolean;
            http3: boolean;
            id: string;
            labels: {
                [key: string]: string;
            };
            listen_port: number;
            locations: components["schemas"]["Location"][];
            logging: components["schemas"]["Logging"];
            max_body: number;
            name: string;
            notes: components["schemas"]["Note"][];
            rate_limiting: components["schemas"]["RateLimit"] | null;
            redirect_http: boolean;
            references: components["schemas"]["NamedReference"][];
            revision: number;
            server_name: string[];
            sha256: string;
            ssl_certificate_id: string | null;
            ssl_enabled: boolean;
            summary: string;
            target_agents: components["schemas"]["Targets"];
            template: string;
            trusted_proxies: string[];
            updated_at: string;
            updated_by: string;
            used_by: components["schemas"]["ObjectsUse"][];
            version: number;
            workspace: string;
            workspace_id: string;
        };
        WhoAmI: {
            access: components["schemas"]["AccessSummary"];
            control_plane: components["schemas"]["ControlPlaneMark"];
            id: string;
            key_id: string | null;
            kind: string;
            name: string;
            /** @default null */
            second_factor_wanted_by?: string | null;
            session_id: string | null;
            user: components["schemas"]["UserView"] | null;
            via: string;
        };
        WholeVersion: {
            created_at: string;
            created_by: string;
            current: boolean;
            files: components["schemas"]["FileView"][];
            problem: string;
            restored_from: number | null;
            sha256: string;
            spec: unknown;
            summary: string;
            version: number;
        };
        WithoutFactor: {
            has_password: boolean;
            last_login_at: string | null;
            user_id: string;
            username: string;
        };
        WorkspacePatch: {
            /** @default null */
            description?: string | null;
            /** @default null */
            labels?: {
                [key: string]: string | null;
            } | null;
            /** @default null */
            name?: string | null;
        };
        /**
         * @example {
         *       "name": "web",
         *       "organization": "acme",
         *       "labels": {
         *         "tier": "gold"
         *       }
         *     }
         */
        WorkspaceRequest: {
            /** @default  */
            description?: string;
            /** @default {} */
            labels?: {
                [key: string]: string;
            };
            name: string;
            /** @default  */
            organization?: string;
        };
        WorkspaceView: {
            created_at: string;
            description: string;
            full_name: string;
            id: string;
            labels: {
                [key: string]: string;
            };
            name: string;
            organization: string;
            organization_id: string;
            revision: number;
            updated_at: string;
        };
    };
    responses: {
        Error400: {
            headers: {
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        Error401: {
            headers: {
                "WWW-Authenticate"?: string;
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        Error403: {
            headers: {
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        Error404: {
            headers: {
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        Error409: {
            headers: {
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        Error412: {
            headers: {
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        Error413: {
            headers: {
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        Error422: {
            headers: {
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        Error429: {
            headers: {
                "Retry-After"?: number;
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        Error500: {
            headers: {
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        Error503: {
            headers: {
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        Error507: {
            headers: {
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "get-access-logs": {
        parameters: {
            query?: {
                after?: string;
                before?: string;
                client?: string;
                host?: string;
                method?: string;
                min_duration_ms?: number;
                node?: string;
                per_page?: number;
                q?: string;
                /** @example 2026-11-01T00:00:00Z */
                since?: string;
                status?: string;
                until?: string;
                uri?: string;
                virtual_host?: string;
                wait?: number;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["LogPage"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-access-logs-graphql": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GraphqlRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: Record<string, never>;
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-access-logs-query": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SqlRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SqlAnswer"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-access-logs-summary": {
        parameters: {
            query?: {
                client?: string;
                host?: string;
                method?: string;
                min_duration_ms?: number;
                node?: string;
                q?: string;
                /** @example 2026-11-01T00:00:00Z */
                since?: string;
                status?: string;
                step?: number;
                top?: number;
                until?: string;
                uri?: string;
                virtual_host?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["LogSummary"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-artifact-uploads": {
        parameters: {
            query?: {
                page?: number;
                per_page?: number;
                sort?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["UploadView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-artifact-uploads": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UploadRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["UploadView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-artifact-uploads-upload": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                upload: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["UploadView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-artifact-uploads-upload": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                upload: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["UploadView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-artifact-uploads-upload-complete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                upload: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ArtifactView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "put-artifact-uploads-upload-content": {
        parameters: {
            query?: {
                offset?: number;
            };
            header?: never;
            path: {
                upload: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["UploadView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-artifacts": {
        parameters: {
            query?: {
                cpu?: components["schemas"]["Cpu"];
                /** @example tier=gold */
                label?: string;
                name?: string;
                page?: number;
                per_page?: number;
                sort?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ArtifactView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-artifacts-artifact": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                artifact: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ArtifactView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-artifacts-artifact": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                artifact: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ArtifactView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "patch-artifacts-artifact": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                artifact: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ArtifactPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ArtifactView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-artifacts-artifact-fetch": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                artifact: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FetchRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["OperationView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-audit-destinations": {
        parameters: {
            query?: {
                enabled?: boolean;
                name?: string;
                page?: number;
                per_page?: number;
                sort?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["DestinationView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-audit-destinations": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DestinationRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["CreatedDestination"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-audit-destinations-destination": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                destination: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["DestinationView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-audit-destinations-destination": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                destination: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["DestinationView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "patch-audit-destinations-destination": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                destination: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DestinationPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["DestinationView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-audit-destinations-destination-test": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                destination: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["DestinationTest"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-audit-log": {
        parameters: {
            query?: {
                /** @example node.* */
                action?: string;
                actor?: string;
                actor_kind?: string;
                outcome?: "denied" | "failed" | "ok";
                page?: number;
                per_page?: number;
                request_id?: string;
                resource?: string;
                resource_kind?: string;
                search?: string;
                /** @example 2026-11-01T00:00:00Z */
                since?: string;
                sort?: string;
                source?: string;
                until?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["AuditView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-audit-log-row": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                row: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["AuditView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-audit-log-export": {
        parameters: {
            query?: {
                /** @example node.* */
                action?: string;
                actor?: string;
                actor_kind?: string;
                after?: number;
                format?: "csv" | "json";
                limit?: number;
                outcome?: "denied" | "failed" | "ok";
                request_id?: string;
                resource?: string;
                resource_kind?: string;
                search?: string;
                /** @example 2026-11-01T00:00:00Z */
                since?: string;
                source?: string;
                until?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"];
                    "text/csv": string;
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-audit-log-head": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Head"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-audit-log-retention": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Kept"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-audit-log-verification": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Verification"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-auth-cli-grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CliGrantRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["CliGrant"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-auth-cli-grants-exchange": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CliExchangeRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SignedIn"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-auth-identities": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["IdentityView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-auth-identities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExchangeRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["IdentityView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "delete-auth-identities-provider": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                provider: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["IdentityView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-auth-login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SignedIn"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-auth-logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SignedOut"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-auth-methods": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SignInMethods"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-auth-oidc-provider-backchannel-logout": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                provider: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["BackchannelLogout"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["EndedSessions"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-auth-oidc-provider-callback": {
        parameters: {
            query?: {
                code?: string;
                error?: string;
                error_description?: string;
                iss?: string;
                state?: string;
            };
            header?: never;
            path: {
                provider: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            303: {
                headers: {
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "*/*": unknown;
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-auth-oidc-provider-device": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                provider: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["DeviceStart"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-auth-oidc-provider-device-token": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                provider: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeviceRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["DeviceAnswer"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-auth-oidc-provider-logout": {
        parameters: {
            query?: {
                hint?: boolean;
                return_to?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                provider: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["LogoutAddress"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-auth-oidc-provider-start": {
        parameters: {
            query?: {
                cli_challenge?: string;
                cli_redirect?: string;
                purpose?: "link" | "sign-in";
                return_to?: string;
            };
            header?: never;
            path: {
                provider: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            303: {
                headers: {
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "*/*": unknown;
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-auth-oidc-exchange": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExchangeRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SignedIn"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-auth-passkeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasskeySignIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SignedIn"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-auth-passkeys-options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PasskeyOptionsRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PasskeyOptions"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-auth-reauthenticate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ReauthenticationRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Reauthenticated"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-auth-refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SignedIn"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-auth-second-factor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SecondFactorRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SignedIn"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-auth-setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetupRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SignedIn"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-ca": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["CaView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-ca-previous": {
        parameters: {
            query?: {
                force?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["CaView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-ca-rotations": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CaRotationRequest"];
            };
        };
        responses: {
            202: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["CaView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-can": {
        parameters: {
            query: {
                group?: string;
                key?: string;
                organization?: string;
                /** @example agent:read */
                permission: components["schemas"]["Permission"];
                user?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Explanation"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-certificates": {
        parameters: {
            query?: {
                /** @example tier=gold */
                label?: string;
                name?: string;
                page?: number;
                per_page?: number;
                sort?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["EdgeCertificateView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-certificates": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CertificateUpload"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["EdgeCertificateView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-certificates-certificate": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                certificate: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["EdgeCertificateView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-certificates-certificate": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                certificate: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["EdgeCertificateView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "patch-certificates-certificate": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                certificate: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CertificatePatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["EdgeCertificateView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-certificates-certificate-export": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                certificate: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["CertificateExport"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-certificates-certificate-renew": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: never;
            path: {
                certificate: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["EdgeCertificateView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-certificates-certificate-replace": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: never;
            path: {
                certificate: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CertificateReplacement"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["EdgeCertificateView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-certificates-certificate-versions": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                certificate: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["CertificateVersionView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-certificates-issue": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CertificateOrder"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["EdgeCertificateView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-edge-deployments": {
        parameters: {
            query?: {
                page?: number;
                per_page?: number;
                sort?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["DeploymentView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-edge-deployments": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DeploymentRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["DeploymentView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-edge-deployments-deployment": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                deployment: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["DeploymentView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-edge-deployments-plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DeploymentRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["DeploymentPlan"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-edge-served": {
        parameters: {
            query?: {
                node?: string;
                page?: number;
                per_page?: number;
                sort?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ServedView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-edges": {
        parameters: {
            query?: {
                page?: number;
                per_page?: number;
                sort?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["EdgeView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-edges": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EdgeRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["EdgeDetails"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-edges-edge": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                edge: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["EdgeDetails"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-edges-edge": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                edge: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["EdgeView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "patch-edges-edge": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                edge: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["EdgePatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["EdgeDetails"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-edges-edge-drift": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                edge: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["DriftView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-edges-edge-nginx": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: never;
            path: {
                edge: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NginxOrder"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["TaskView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-effective-access": {
        parameters: {
            query?: {
                group?: string;
                key?: string;
                organization?: string;
                /** @example agent:read */
                permission?: components["schemas"]["Permission"];
                user?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["EffectiveAccess"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-events": {
        parameters: {
            query?: {
                after?: number;
                kind?: string;
                node?: string;
                page?: number;
                per_page?: number;
                resource?: string;
                resource_kind?: string;
                sort?: string;
                wait?: number;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["EventView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["CursorPage"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-firewall": {
        parameters: {
            query?: {
                node?: string;
                page?: number;
                per_page?: number;
                resource?: string;
                sort?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["FirewallRuleView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-fleet": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Fleet"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-grants": {
        parameters: {
            query?: {
                group?: string;
                key?: string;
                organization?: string;
                page?: number;
                per_page?: number;
                role?: string;
                sort?: string;
                state?: "expired" | "valid";
                user?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["BindingView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-grants": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BindingRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["BindingView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-grants-grant": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                grant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["BindingView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-grants-grant": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["BindingView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "patch-grants-grant": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BindingPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["BindingView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-groups": {
        parameters: {
            query?: {
                /** @example tier=gold */
                label?: string;
                name?: string;
                organization?: string;
                page?: number;
                per_page?: number;
                sort?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["GroupView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-groups": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["GroupView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-groups-group": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                group: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["GroupView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-groups-group": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                group: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["GroupView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "patch-groups-group": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                group: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["GroupPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["GroupView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-groups-group-members": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                group: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["MemberView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-groups-group-members": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                group: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MemberRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["MemberView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "delete-groups-group-members-user": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: string;
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["MemberView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-identity-providers": {
        parameters: {
            query?: {
                enabled?: boolean;
                kind?: "github" | "oidc";
                /** @example tier=gold */
                label?: string;
                name?: string;
                page?: number;
                per_page?: number;
                sort?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["IdentityProviderView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-identity-providers": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IdentityProviderRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["IdentityProviderView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-identity-providers-provider": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                provider: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["IdentityProviderView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-identity-providers-provider": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                provider: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["IdentityProviderView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "patch-identity-providers-provider": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                provider: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["IdentityProviderPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["IdentityProviderView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-identity-providers-provider-test": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                provider: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ProviderCheck"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-invites": {
        parameters: {
            query?: {
                email?: string;
                /** @example tier=gold */
                label?: string;
                organization?: string;
                page?: number;
                per_page?: number;
                sort?: string;
                state?: "accepted" | "expired" | "pending" | "revoked";
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["InviteView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-invites": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InviteRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NewInvite"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-invites-invite": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                invite: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["InviteView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-invites-invite": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                invite: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["InviteView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-invites-invite-resend": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                invite: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ResendRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NewInvite"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-invites-accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcceptRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Accepted"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-invites-claim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClaimRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Claimed"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-invites-preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreviewRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Preview"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-join-tokens": {
        parameters: {
            query?: {
                page?: number;
                per_page?: number;
                sort?: string;
                state?: "expired" | "open" | "replaced" | "revoked" | "used";
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["JoinTokenView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-join-tokens-token": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["JoinTokenView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-join-tokens-token": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["JoinTokenView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-keys": {
        parameters: {
            query?: {
                /** @example tier=gold */
                label?: string;
                name?: string;
                organization?: string;
                page?: number;
                per_page?: number;
                sort?: string;
                state?: "expired" | "revoked" | "valid";
                user?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["KeyView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-keys": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ServiceKeyRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NewKey"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-keys-key": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["KeyView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-keys-key": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["KeyView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "patch-keys-key": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                key: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["KeyPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["KeyView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-keys-key-rotate": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                key: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RotateRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NewKey"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-mesh": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["MeshInfo"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-mesh-history": {
        parameters: {
            query: {
                from: string;
                /** @example 2026-11-01T00:00:00Z */
                since?: string;
                step?: number;
                to: string;
                until?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["MeshHistory"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-mesh-network": {
        parameters: {
            query: {
                node: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["MeshNetwork"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-mesh-policy": {
        parameters: {
            query?: {
                organization?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PolicyView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "put-mesh-policy": {
        parameters: {
            query?: {
                organization?: string;
            };
            header?: {
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["MeshPolicy"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PolicyView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-mesh-policy-test": {
        parameters: {
            query?: {
                organization?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["MeshPolicy"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PolicyPreview"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-mesh-probes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ProbeStarted"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-mesh-status": {
        parameters: {
            query?: {
                cause?: "no_answer" | "not_measured" | "offline" | "relay";
                node?: string;
                outgoing?: boolean;
                page?: number;
                path?: "direct" | "down" | "idle" | "relayed";
                per_page?: number;
                show?: "all" | "problems";
                sort?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["MeshPair"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-mesh-summary": {
        parameters: {
            query?: {
                node?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["MeshSummary"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-mesh-topology": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["MeshTopology"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-mesh-why": {
        parameters: {
            query: {
                from: string;
                to: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["MeshExplanation"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-metrics": {
        parameters: {
            query: {
                metric?: string;
                node: string;
                /** @example 2026-11-01T00:00:00Z */
                since?: string;
                step?: number;
                until?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NodeMetrics"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-metrics-fleet": {
        parameters: {
            query?: {
                metric?: string;
                /** @example 2026-11-01T00:00:00Z */
                since?: string;
                step?: number;
                until?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["FleetMetrics"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-node-filters": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NodeFilters"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-nodes": {
        parameters: {
            query?: {
                approval?: components["schemas"]["Approval"];
                /** @example tier=gold */
                label?: string;
                name?: string;
                os?: string;
                outdated?: boolean;
                page?: number;
                per_page?: number;
                search?: string;
                sort?: string;
                state?: components["schemas"]["NodesNodeState"];
                version?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NodeView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-nodes-node": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                node: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NodeDetails"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-nodes-node": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                node: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NodeView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "patch-nodes-node": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                node: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NodePatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NodeDetails"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-nodes-node-approve": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: never;
            path: {
                node: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NodeView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-nodes-node-deletion": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                node: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NodeDeletion"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-nodes-node-reject": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: never;
            path: {
                node: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Rejection"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NodeView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-nodes-node-rotate-key": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: never;
            path: {
                node: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NodeView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-nodes-node-tokens": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                node: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RejoinRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["TokenView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-nodes-tokens": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TokenRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["TokenView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-openapi-json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-operations": {
        parameters: {
            query?: {
                kind?: string;
                name?: string;
                page?: number;
                per_page?: number;
                sort?: string;
                state?: components["schemas"]["OperationState"];
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["OperationView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-operations": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OperationRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["OperationView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-operations-operation": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                operation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["OperationDetails"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-operations-operation-cancel": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                operation: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CancelRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["OperationDetails"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-operations-operation-pause": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                operation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["OperationDetails"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-operations-operation-resume": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                operation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["OperationDetails"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-operations-plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OperationRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["OperationPlan"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-organizations": {
        parameters: {
            query?: {
                /** @example tier=gold */
                label?: string;
                name?: string;
                page?: number;
                per_page?: number;
                sort?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["OrganizationView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-organizations": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrganizationRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["OrganizationView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-organizations-organization": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["OrganizationView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-organizations-organization": {
        parameters: {
            query?: {
                cascade?: boolean;
                dry_run?: boolean;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Deletion"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "patch-organizations-organization": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["OrganizationPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["OrganizationView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-organizations-organization-notifications": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NotificationSettingsView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "put-organizations-organization-notifications": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                organization: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NotificationSettingsRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NotificationSettingsView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-organizations-organization-workspaces": {
        parameters: {
            query?: {
                /** @example tier=gold */
                label?: string;
                name?: string;
                organization?: string;
                page?: number;
                per_page?: number;
                sort?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["WorkspaceView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-organizations-organization-workspaces": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                organization: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WorkspaceRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["WorkspaceView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-permissions": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PermissionView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-personal-keys": {
        parameters: {
            query?: {
                /** @example tier=gold */
                label?: string;
                name?: string;
                organization?: string;
                page?: number;
                per_page?: number;
                sort?: string;
                state?: "expired" | "revoked" | "valid";
                user?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["KeyView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-personal-keys": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonalKeyRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NewKey"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-roles": {
        parameters: {
            query?: {
                /** @example tier=gold */
                label?: string;
                name?: string;
                organization?: string;
                page?: number;
                per_page?: number;
                sort?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["RoleView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-roles": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoleRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["RoleView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-roles-role": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                role: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["RoleView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-roles-role": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                role: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["RoleView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "patch-roles-role": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                role: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RolePatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["RoleView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-second-factor-policy": {
        parameters: {
            query?: {
                organization?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["FactorPolicyView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-secrets": {
        parameters: {
            query?: {
                /** @example tier=gold */
                label?: string;
                name?: string;
                page?: number;
                per_page?: number;
                sort?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SecretView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-secrets": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SecretRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SecretView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-secrets-secret": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                secret: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SecretView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-secrets-secret": {
        parameters: {
            query?: {
                force?: boolean;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                secret: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SecretView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "patch-secrets-secret": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                secret: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SecretPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SecretView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-secrets-secret-rollback": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                secret: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SecretRollback"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SecretView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-secrets-secret-value": {
        parameters: {
            query?: {
                version?: number;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                secret: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SecretValueView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "put-secrets-secret-value": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                secret: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSecretValue"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SecretView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-secrets-secret-value-comparison": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: never;
            path: {
                secret: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSecretValue"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SecretComparison"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-secrets-secret-versions": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                secret: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SecretVersionView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-secrets-secret-versions": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                secret: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSecretValue"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SecretView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-secrets-master-key": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["MasterKeyStatus"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-secrets-master-key-rotations": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["MasterKeyStatus"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-sessions": {
        parameters: {
            query?: {
                page?: number;
                per_page?: number;
                sort?: string;
                user?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SessionView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-sessions-session": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SessionView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-settings": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ApplianceView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "patch-settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SettingsPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SettingsView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-settings-mail": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["MailSettingsView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "put-settings-mail": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MailSettingsRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["MailSettingsView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-settings-mail-messages": {
        parameters: {
            query?: {
                page?: number;
                per_page?: number;
                purpose?: "invite" | "notification";
                recipient?: string;
                sort?: string;
                state?: "failed" | "queued" | "sent";
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["MessageView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-settings-mail-test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["MailTestRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["MailTest"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-settings-notifications": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NotificationSettingsView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "put-settings-notifications": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NotificationSettingsRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NotificationSettingsView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-tasks": {
        parameters: {
            query?: {
                kind?: string;
                node?: string;
                operation?: string;
                page?: number;
                per_page?: number;
                search?: string;
                /** @example 2026-11-01T00:00:00Z */
                since?: string;
                sort?: string;
                state?: components["schemas"]["TaskState"];
                until?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["TaskView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-tasks": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["TaskView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-tasks-task": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["TaskView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-tasks-task-cancel": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["TaskView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-tasks-task-logs": {
        parameters: {
            query?: {
                after?: number;
                limit?: number;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["LogLine"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-tasks-task-retry": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                task: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["TaskView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-tasks-kinds": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["TaskKindView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-templates": {
        parameters: {
            query?: {
                /** @example tier=gold */
                label?: string;
                name?: string;
                page?: number;
                per_page?: number;
                search?: string;
                sort?: string;
                uses?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["TemplateView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-templates": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TemplateRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["TemplateView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-templates-template": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                template: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["TemplateView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-templates-template": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                template: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["TemplateView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "patch-templates-template": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                template: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TemplatePatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["TemplateView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-templates-template-diff": {
        parameters: {
            query?: {
                from?: number;
                to?: number;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                template: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["VersionDifference"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-templates-template-preview": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: never;
            path: {
                template: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TemplatePatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PreviewView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-templates-template-rollback": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                template: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Rollback"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["TemplateView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-templates-template-versions": {
        parameters: {
            query?: {
                page?: number;
                per_page?: number;
                sort?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                template: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["VersionView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-templates-template-versions-version": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                template: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["WholeVersion"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-templates-preview": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TemplatePreview"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PreviewView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-upstreams": {
        parameters: {
            query?: {
                /** @example tier=gold */
                label?: string;
                name?: string;
                page?: number;
                per_page?: number;
                search?: string;
                sort?: string;
                uses?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["UpstreamView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-upstreams": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpstreamRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["UpstreamView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-upstreams-upstream": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                upstream: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["UpstreamView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-upstreams-upstream": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                upstream: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["UpstreamView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "patch-upstreams-upstream": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                upstream: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UpstreamPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["UpstreamView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-upstreams-upstream-diff": {
        parameters: {
            query?: {
                from?: number;
                to?: number;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                upstream: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["VersionDifference"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-upstreams-upstream-preview": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: never;
            path: {
                upstream: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UpstreamPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PreviewView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-upstreams-upstream-rollback": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                upstream: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Rollback"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["UpstreamView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-upstreams-upstream-versions": {
        parameters: {
            query?: {
                page?: number;
                per_page?: number;
                sort?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                upstream: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["VersionView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-upstreams-upstream-versions-version": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                upstream: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["WholeVersion"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-upstreams-preview": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpstreamPreview"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PreviewView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-users": {
        parameters: {
            query?: {
                disabled?: boolean;
                email?: string;
                is_admin?: boolean;
                /** @example tier=gold */
                label?: string;
                organization?: string;
                page?: number;
                per_page?: number;
                sort?: string;
                username?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["UserView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-users": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["UserView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-users-user": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["UserView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-users-user": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["UserView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "patch-users-user": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UserPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["UserView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-users-user-passkeys": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasskeyRegistration"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PasskeyRegistered"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "delete-users-user-passkeys-passkey": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                passkey: string;
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Removed"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "patch-users-user-passkeys-passkey": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                passkey: string;
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasskeyPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PasskeyView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-users-user-passkeys-options": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PasskeyOptions"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-users-user-password": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["UserView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-users-user-second-factors": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["FactorsView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-users-user-second-factors-recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CodeRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["RecoveryCodes"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-users-user-second-factors-reset": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["FactorsView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-users-user-second-factors-totp": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["TotpEnrolment"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-users-user-second-factors-totp-confirm": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CodeRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["RecoveryCodes"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-users-user-second-factors-totp-disable": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CodeRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["FactorsView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-users-user-second-factors-verify": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CodeRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["FactorsView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-virtual-hosts": {
        parameters: {
            query?: {
                /** @example tier=gold */
                label?: string;
                name?: string;
                page?: number;
                per_page?: number;
                search?: string;
                server_name?: string;
                sort?: string;
                uses?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["VirtualHostView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-virtual-hosts": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VirtualHostRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["VirtualHostView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-virtual-hosts-virtual-host": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                virtual_host: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["VirtualHostView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-virtual-hosts-virtual-host": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                virtual_host: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["VirtualHostView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "patch-virtual-hosts-virtual-host": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                virtual_host: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["VirtualHostPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["VirtualHostView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-virtual-hosts-virtual-host-diff": {
        parameters: {
            query?: {
                from?: number;
                to?: number;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                virtual_host: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["VersionDifference"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-virtual-hosts-virtual-host-preview": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: never;
            path: {
                virtual_host: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["VirtualHostPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PreviewView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-virtual-hosts-virtual-host-rollback": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                virtual_host: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Rollback"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["VirtualHostView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-virtual-hosts-virtual-host-versions": {
        parameters: {
            query?: {
                page?: number;
                per_page?: number;
                sort?: string;
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                virtual_host: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["VersionView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-virtual-hosts-virtual-host-versions-version": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                version: string;
                virtual_host: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["WholeVersion"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-virtual-hosts-preview": {
        parameters: {
            query?: {
                /** @example default/default */
                workspace?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VirtualHostPreview"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PreviewView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-whoami": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["WhoAmI"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "get-workspaces": {
        parameters: {
            query?: {
                /** @example tier=gold */
                label?: string;
                name?: string;
                organization?: string;
                page?: number;
                per_page?: number;
                sort?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["WorkspaceView"][];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["Page"];
                    };
                    "text/csv": string;
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    Link?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "post-workspaces": {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WorkspaceRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    ETag?: string;
                    "Idempotency-Replayed"?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["WorkspaceView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-workspaces-workspace": {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                workspace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["WorkspaceView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            304: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
    "delete-workspaces-workspace": {
        parameters: {
            query?: {
                cascade?: boolean;
                dry_run?: boolean;
            };
            header?: {
                "If-Match"?: string;
            };
            path: {
                workspace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Deletion"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "patch-workspaces-workspace": {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                workspace: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["WorkspacePatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["WorkspaceView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            412: components["responses"]["Error412"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "post-workspaces-workspace-move": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MoveRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag?: string;
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["WorkspaceView"];
                        links: components["schemas"]["Links"];
                        meta: components["schemas"]["NoMeta"];
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
            507: components["responses"]["Error507"];
        };
    };
    "get-root-metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            422: components["responses"]["Error422"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            503: components["responses"]["Error503"];
        };
    };
}
