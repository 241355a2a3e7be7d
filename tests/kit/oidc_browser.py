"""What BROWSER is set to in tests of the command line: signs a person in and follows to the end.

python -m tests.kit.oidc_browser CA_FILE LOGIN ADDRESS
"""

from __future__ import annotations

import sys
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.kit.openid_provider import Browser


def main() -> None:
    ca_file, login, address = sys.argv[1:]
    query = parse_qs(urlsplit(address).query)
    if "cli_redirect" not in query:
        # Where to sign out: it is enough that it was opened.
        print(f"opened {address}", file=sys.stderr)
        return
    until = query["cli_redirect"][0]
    with Browser(ca_file) as browser:
        found = browser.sign_in(address, login, until)
        # What else may come to a listener: neither is the answer.
        for other in ("/", "/callback", "/favicon.ico"):
            base = until.removesuffix("/callback")
            assert httpx.get(base + other, trust_env=False).status_code == 404
        assert httpx.get(found, trust_env=False).status_code == 200


if __name__ == "__main__":
    main()
