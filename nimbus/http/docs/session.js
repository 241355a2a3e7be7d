// The session of the dashboard, used from here: a token in this module's memory. Tabs of one browser take turns (a Web
// Lock) when one asks for a new token, and tell each other (a BroadcastChannel), as the dashboard's do.

const LOCK = "nimbus-session";
const RENEW_AT = 0.8;
const channel = new BroadcastChannel(LOCK);
let held = null;

function remember(token, expiresIn) {
  held = { token, until: performance.now() + expiresIn * 1000 * RENEW_AT };
}

channel.addEventListener("message", ({ data }) => {
  if (data.kind === "token") remember(data.accessToken, data.expiresIn);
  else held = null;
});

const valid = () => (held && performance.now() < held.until ? held.token : null);

// A token that is valid now; null: nobody is signed in.
export async function sessionToken() {
  return valid() ?? navigator.locks.request(LOCK, async () => {
    if (valid()) return valid();
    const headers = { "Content-Type": "application/json", "X-Nimbus-Request": "1" };
    const options = { method: "POST", headers, credentials: "same-origin", body: "{}" };
    const response = await fetch("/api/v1/auth/refresh", options);
    if (response.status === 401) return null;
    if (!response.ok) throw new Error(`the control plane answered ${response.status}`);
    const { data } = await response.json();
    remember(data.access_token, data.expires_in);
    channel.postMessage({ kind: "token", accessToken: data.access_token, expiresIn: data.expires_in });
    return data.access_token;
  });
}
