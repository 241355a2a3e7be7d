"""The served OpenAPI document against the served API: schemathesis makes requests from it, right and wrong ones,
and checks that what is answered is what the document says. There is something behind every operation (`world.py`),
known names go into what it makes up (`hooks.py`), and beside its own checks stands one of ours: what the document
calls valid is refused only for a reason that the document gives (`refusals.py`).

`python -m tests.kit.api_contract --caller owner --minutes 20` runs it for long."""
