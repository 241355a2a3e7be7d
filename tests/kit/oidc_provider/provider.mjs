// A real OpenID provider (the npm package oidc-provider, certified) for the tests, with its own login and consent
// pages. One argument: a JSON file of {port, issuer, clients, keys, accounts, id_token_claims, tls}. `accounts` names
// a further JSON file, of login name to claims, which is read anew at each look: a test changes people in it.
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";

import { Provider } from "oidc-provider";

const settings = JSON.parse(readFileSync(process.argv[2]));

async function findAccount(_context, id) {
  const claims = JSON.parse(readFileSync(settings.accounts))[id];
  return claims && { accountId: id, claims: async () => ({ sub: id, ...claims }) };
}

const provider = new Provider(settings.issuer, {
  clients: settings.clients,
  jwks: { keys: settings.keys },
  cookies: { keys: ["only for tests"] },
  findAccount,
  claims: {
    openid: ["sub"],
    email: ["email", "email_verified"],
    profile: ["name", "preferred_username", "groups"],
  },
  conformIdTokenClaims: !settings.id_token_claims,
  enabledJWA: { idTokenSigningAlgValues: ["RS256", "PS256", "ES256", "EdDSA"] },
  features: {
    devInteractions: { enabled: true },
    deviceFlow: { enabled: true },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  // Its own dispatcher refuses loopback, which is where the tests are.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
});
for (const event of ["server_error", "backchannel.error"]) {
  provider.on(event, (_context, error) => console.error(event, error));
}

const server = settings.tls
  ? https.createServer({ cert: settings.tls.cert, key: settings.tls.key }, provider.callback())
  : http.createServer(provider.callback());
server.listen(settings.port, "127.0.0.1", () => console.log("listening"));
