"use strict";
// The page behind the link of an invitation. The token stands in the fragment, which browsers send to nobody.
(function () {
  const element = (id) => document.getElementById(id);
  const FIELDS = ["username", "display_name", "password", "again"];
  const LABELS = { username: "The user name", display_name: "Your name", password: "The password", again: "The password" };
  // Kept in the address, so that loading the page again still works; taken out of it when it is spent.
  const token = new URLSearchParams(location.hash.slice(1)).get("token") || "";
  let rules = { min_password_length: 12 };

  function show(id) {
    for (const name of ["loading", "problem", "invitation", "done"]) element(name).hidden = name !== id;
  }

  function problem(text, next) {
    element("problem-text").textContent = text;
    element("problem-next").textContent = next || "";
    show("problem");
  }

  function sentence(text) {
    if (!text) return "";
    const line = text.charAt(0).toUpperCase() + text.slice(1);
    return /[.!?]$/.test(line) ? line : line + ".";
  }

  async function send(path, body, access) {
    let response;
    try {
      response = await fetch(path, {
        method: "POST", credentials: "same-origin", cache: "no-store",
        headers: {
          "Content-Type": "application/json", "X-Nimbus-Request": "1",
          ...(access ? { Authorization: "Bearer " + access } : {}),
        },
        body: JSON.stringify(body),
      });
    } catch {
      return { error: { message: "the control plane cannot be reached", next_step: "Try again in a moment." } };
    }
    try {
      return await response.json();
    } catch {
      return { error: { message: "the control plane answered with HTTP " + response.status } };
    }
  }

  function mark(field, text) {
    element(field + "-error").textContent = text ? sentence(`${LABELS[field]} ${text}`) : "";
    if (text) element(field).setAttribute("aria-invalid", "true");
    else element(field).removeAttribute("aria-invalid");
  }

  function clear() {
    for (const field of FIELDS) mark(field, "");
    element("form-error").textContent = "";
  }

  function focusOnWrong() {
    const wrong = FIELDS.find((field) => element(field).hasAttribute("aria-invalid"));
    if (wrong) element(wrong).focus();
    return Boolean(wrong);
  }

  function report(error) {
    for (const detail of error.details || []) {
      if (FIELDS.includes(detail.field)) mark(detail.field, detail.message);
    }
    const next = error.next_step ? " " + sentence(error.next_step) : "";
    if (!focusOnWrong()) element("form-error").textContent = sentence(error.message) + next;
  }

  function check() {
    clear();
    if (!element("username").value.trim()) mark("username", "is missing");
    const length = Array.from(element("password").value.normalize("NFKC")).length;
    if (length < rules.min_password_length) mark("password", `must have at least ${rules.min_password_length} characters`);
    else if (element("password").value !== element("again").value) mark("again", "is not the same as above");
    return !focusOnWrong();
  }

  async function submit(event) {
    event.preventDefault();
    if (element("submit").disabled || !check()) return;
    element("submit").disabled = true;
    const username = element("username").value.trim();
    const answer = await send("/api/v1/invites/accept", {
      token, username, display_name: element("display_name").value.trim(), password: element("password").value,
      cookie: true,
    });
    element("submit").disabled = false;
    if (answer.error) return report(answer.error);
    element("password").value = element("again").value = "";
    done(answer.data.session.user.username, answer.data.organization);
  }

  // With the account that this browser is signed in to.
  async function claim() {
    if (element("claim").disabled) return;
    element("claim").disabled = true;
    element("claim-error").textContent = "";
    const session = await send("/api/v1/auth/refresh", {});
    const answer = session.error ? session : await send("/api/v1/invites/claim", { token }, session.data.access_token);
    element("claim").disabled = false;
    if (!answer.error) return done(session.data.user.username, answer.data.organization);
    element("claim-error").textContent = session.error
      ? "You are not signed in. Sign in at the dashboard, in another tab of this browser; then press this again."
      : sentence(answer.error.message) + " " + sentence(answer.error.next_step);
  }

  function done(known, organization) {
    history.replaceState(null, "", location.pathname);
    element("done-username").textContent = known;
    element("done-organization").textContent = organization;
    element("done-command").textContent = `nimbus login --api ${location.origin} --username ${known}`;
    document.title = "Nimbus: you are in";
    show("done");
    element("done").focus();
  }

  async function start() {
    if (!token) {
      return problem("This address holds no invitation.", "Open the whole link of the mail, up to its end.");
    }
    const answer = await send("/api/v1/invites/preview", { token });
    if (answer.error) return problem(sentence(answer.error.message), sentence(answer.error.next_step));
    const found = answer.data;
    rules = found;
    element("organization").textContent = found.organization;
    element("inviter").textContent = found.invited_by;
    element("place").textContent = found.workspace || found.organization;
    element("role").textContent = found.role;
    element("message").textContent = found.message;
    element("message").hidden = !found.message;
    element("email").value = found.email;
    element("expires").textContent = new Date(found.expires_at).toLocaleString();
    element("password-rule").textContent =
      `At least ${found.min_password_length} characters; a sentence is easy to remember. Not one of those that are tried first.`;
    element("form").addEventListener("submit", submit);
    element("claim").addEventListener("click", claim);
    show("invitation");
    element("username").focus();
  }

  window.addEventListener("hashchange", () => location.reload());
  start();
})();
