"""The success envelope: `{"data", "meta", "links"}`."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from nimbus.kernel.routing import Answer, Page

_encoder = msgspec.json.Encoder()


def encode_answer(answer: Answer, path: str, query: dict[str, str]) -> bytes:
    body: dict[str, object] = {"data": answer.data}
    if answer.page is not None:
        page = answer.page
        body["meta"] = page
        body["links"] = {
            "self": f"{path}?{urlencode({**query, 'page': str(page.page)})}",
            "next": next_page(answer, path, query),
            "prev": _link(page, page.page - 1, path, query),
        }
    else:
        body["meta"] = {}
        body["links"] = {"self": path}
    return _encoder.encode(body)


def next_page(answer: Answer, path: str, query: dict[str, str]) -> str | None:
    """Where the page after this one is; None: this is the last, or no page."""
    return _link(answer.page, answer.page.page + 1, path, query) if answer.page is not None else None


def _link(page: Page, number: int, path: str, query: dict[str, str]) -> str | None:
    pages = max(1, -(-page.total // page.per_page))
    if not 1 <= number <= pages:
        return None
    return f"{path}?{urlencode({**query, 'page': str(number)})}"
