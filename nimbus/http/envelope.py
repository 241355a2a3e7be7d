"""The success envelope: `{"data", "meta", "links"}`."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from nimbus.kernel.routing import Answer

_encoder = msgspec.json.Encoder()


def encode_answer(answer: Answer, path: str, query: dict[str, str]) -> bytes:
    body: dict[str, object] = {"data": answer.data}
    if answer.page is not None:
        page = answer.page
        pages = max(1, -(-page.total // page.per_page))

        def link(number: int) -> str | None:
            if not 1 <= number <= pages:
                return None
            return f"{path}?{urlencode({**query, 'page': str(number)})}"

        body["meta"] = page
        body["links"] = {
            "self": f"{path}?{urlencode({**query, 'page': str(page.page)})}",
            "next": link(page.page + 1),
            "prev": link(page.page - 1),
        }
    else:
        body["meta"] = {}
        body["links"] = {"self": path}
    return _encoder.encode(body)
