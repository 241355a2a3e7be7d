"""Names of servers: as they are typed, and as nginx and certificates have them."""

from __future__ import annotations

import pytest

from nimbus.edge.host_names import covers_name, host_name, host_names
from nimbus.kernel.errors import ValidationError


@pytest.mark.parametrize(
    ("given", "ascii_name", "shown"),
    [
        ("bücher.example", "xn--bcher-kva.example", "bücher.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example", "bücher.example"),
        ("faß.de", "xn--fa-hia.de", "faß.de"),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai", "пример.рф"),
        ("ＷＷＷ.example", "www.example", "www.example"),
        (" WWW.example.com. ", "www.example.com", "www.example.com"),
        ("\u00a0www.example.com\t", "www.example.com", "www.example.com"),
        ("*.example.com", "*.example.com", "*.example.com"),
        (".bücher.example", ".xn--bcher-kva.example", ".bücher.example"),
        ("mail.*", "mail.*", "mail.*"),
        ("a_b.example", "a_b.example", "a_b.example"),
        ("localhost", "localhost", "localhost"),
        ("192.0.2.1", "192.0.2.1", "192.0.2.1"),
    ],
)
def test_a_name_has_one_spelling(given: str, ascii_name: str, shown: str) -> None:
    assert host_name(given) == (ascii_name, shown)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "exa\u00a0mple.com",
        "\u202eexample.com",
        "a..b",
        "-a.example",
        "a-.example",
        "xn--a",
        "1.2.3",
        "a*.example",
        "*",
        "*.*",
        "_",
        "*._",
        "a．b．．example",
        "www.*.example",
        "~^www\\.",
        "a;b.example",
        "a{b.example",
        "$host",
        "a" * 64 + ".example",
        ".".join(["a" * 60] * 5),
        "2001:db8::1",
        "[2001:db8::1]",
        "www.example.com:8080",
        "https://www.example.com",
    ],
)
def test_what_is_no_name_is_refused_at_its_field(given: str) -> None:
    with pytest.raises(ValidationError, match="server_name"):
        host_names([given])


def test_several_names_each_once_in_their_order() -> None:
    names = host_names("b.example, a.example B.EXAMPLE\nxn--bcher-kva.example,bücher.example")
    assert [name.ascii for name in names] == ["b.example", "a.example", "xn--bcher-kva.example"]
    assert len(host_names([f"n{number}.example" for number in range(600)])) == 600
    with pytest.raises(ValidationError):
        host_names([f"n{number}.example" for number in range(601)])


@pytest.mark.parametrize(
    ("certified", "name", "covers"),
    [
        ("www.example.com", "www.example.com", True),
        ("example.com", "www.example.com", False),
        ("*.example.com", "www.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.b.example.com", False),
        ("*.example.com", "*.example.com", True),
        ("*.example.com", ".example.com", False),
        ("*.com", "*.example.com", False),
    ],
)
def test_which_names_a_certificate_stands_for(certified: str, name: str, covers: bool) -> None:
    assert covers_name(certified, name) is covers
