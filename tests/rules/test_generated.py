"""What is written from the code is as the code is."""

from __future__ import annotations

from tests.kit.roles_table import PAGE, page


def test_the_page_of_roles_is_what_the_code_says() -> None:
    assert PAGE.read_text("utf-8") == page(), "python -m tests.kit.roles_table"
