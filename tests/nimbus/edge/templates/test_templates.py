"""Templates: values stay in their places, and a template says only what is allowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.edge.dialects import CLASSES
from nimbus.edge.rendering.samples import SAMPLES
from nimbus.edge.rendering.virtual_hosts import UsedTemplate, make
from nimbus.edge.templates import built_in
from nimbus.edge.templates.parsing import TemplateError, parse
from nimbus.edge.templates.structure import directives
from nimbus.edge.templates.values import BlockName, Expression, FilePath, Names, Value, Words, Written
from nimbus.edge.templates.writing import write
from tests.kit import nginx_directives

SERVER = "server {\n    %s\n}\n"
of_nginx = st.text(st.sampled_from(" \\\"'$;{}#ab\n"), max_size=12)


def written(template: str, **values: Value) -> str:
    return write(parse(template), values, is_ours=True)


def test_the_reference_template_of_the_documents_is_taken() -> None:
    """As people know it: options of one directive by conditions, a header for each item."""
    template = """\
server {
    listen {{port}} {{#if ssl}}ssl{{/if}} {{#if http2}}http2{{/if}};
    server_name {{server_name}};
    {{#if ssl}}
    ssl_certificate {{ssl_certificate_path}};
    {{/if}}
    location {{location_path}} {
        proxy_pass http://{{upstream_name}};
        {{#each custom_headers}}
        add_header {{name}} "{{value}}";
        {{/each}}
        {{#unless rate_limiting}}
        limit_rate 10k;
        {{/unless}}
    }
}
"""
    text = write(
        parse(template),
        {
            "port": 443,
            "ssl": True,
            "http2": False,
            "server_name": Names(["a.example", "b.example"]),
            "ssl_certificate_path": FilePath("/x/y.pem"),
            "location_path": Words(["~", r"\.php$"]),
            "upstream_name": BlockName("u1"),
            "rate_limiting": False,
            "custom_headers": [
                {"name": "X-A", "value": Expression('a;b}c"')},
                {"name": "X-B", "value": "$host"},
            ],
        },
    )
    assert text.splitlines()[1:10] == [
        "    listen 443 ssl ;",
        "    server_name a.example b.example;",
        "    ssl_certificate /x/y.pem;",
        '    location ~ "\\\\.php$" {',
        "        proxy_pass http://u1;",
        '        add_header X-A "a;b}c\\"";',
        '        add_header X-B "${nimbus_dollar}host";',
        "        limit_rate 10k;",
        "    }",
    ]


@given(of_nginx)
@pytest.mark.parametrize(
    "place",
    ["a {{x}};", "a b{{x}}c;", 'a "b{{x}}c";', "a 'b{{x}}c';", "location {{x}} { }", "a {{x}} {{x}};"],
)
def test_no_value_leaves_its_place(place: str, value: str) -> None:
    harmless = directives(written(place, x="x"))
    try:
        made = directives(written(place, x=value))
    except TemplateError:
        return
    assert [(one.name, len(one.arguments)) for one in made] == [
        (one.name, len(one.arguments)) for one in harmless
    ]


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("# {{x}}\n", "cannot stand in a comment"),
        ("{{x}} 80;", "would name a directive"),
        ("a {{#if x}}b;{{else}}c{{/if}} d;", "at one place of a directive"),
        ("a {{#each y}}b; c{{/each}};", "at one place of a directive"),
        ("a {{#each y}}b{{/each}};", "at one place of a directive"),
        ("{{#if x}}b{{/if}} c;", "at one place of a directive"),
        ('a {{#if x}}"{{/if}};', "at one place of a directive"),
        ("{{#if x}}", "is not closed"),
        ("{{/if}}", "there is no block that this ends"),
        ("{{#if x}}{{/each}}", "there is no block that this ends"),
        ("{{#if x}}{{else}}{{else}}{{/if}}", "a second {{else}}"),
        ("{{#each x}}{{else}}{{/each}}", "has no {{else}}"),
        ("{{#with x}}{{/with}}", "if, unless and each"),
        ("a {{X}};", "is no name"),
        ('a "{{x}}"y;', "directly after a quoted word"),
        ("a \\{{x}};", "after a backslash"),
        ("{{#if x}}" * 20, "deep"),
    ],
)
def test_a_template_that_could_go_wrong_is_refused_when_it_is_saved(template: str, reason: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parse(template)
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("template", "values", "reason"),
    [
        ("a {{x}};", {}, "there is no value x"),
        ("a {{../x}};", {"x": "y"}, "nothing outside"),
        ("a {{x}};", {"x": True}, "ask for it with {{#if}}"),
        ("a {{x}};", {"x": "a\nb"}, "must be one line"),
        ("a b{{x}};", {"x": "a b"}, "put the whole word into quotes"),
        ('a "{{x}}";', {"x": Words(["a"])}, "words of their own"),
        ("a {{x}};", {"x": Words()}, "words of their own"),
        ('a "{{x}}";', {"x": Written("b;")}, "on a line of its own"),
        ("{{x}}\n", {"x": "b;"}, "would name a directive"),
        ("{{#each x}}{{/each}}", {"x": "b"}, "one value, not several"),
        ("{{#each x}}a {{this}};{{/each}}", {"x": [{"y": "z"}]}, "there is no value this"),
    ],
)
def test_a_value_that_does_not_fit_its_place_is_refused(
    template: str, values: dict[str, Value], reason: str
) -> None:
    with pytest.raises(TemplateError) as caught:
        written(template, **values)
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("include /etc/passwd;", "'include' cannot be used"),
        ("access_log /tmp/x;", "'access_log' cannot be used"),
        ("error_log /tmp/x;", "cannot be used"),
        ("alias /etc/;", "cannot be used"),
        ("load_module x.so;", "cannot be used"),
        ("content_by_lua 'os.execute()';", "cannot be used"),
        ("js_content x;", "cannot be used"),
        ("perl x;", "cannot be used"),
        ("proxy_store on;", "cannot be used"),
        ("auth_basic_user_file /etc/shadow;", "cannot be used"),
        ("resolver 192.0.2.1;", "cannot be used"),
        ("ssl_certificate /etc/ssl/x.pem;", "takes the value {{ssl_certificate_path}}"),
        ("ssl_certificate_key data:$x;", "takes the value {{ssl_certificate_key_path}}"),
        ("root /etc;", "takes {{root}}"),
        ("root /srv/../etc;", "takes {{root}}"),
        ("root /srv/$host;", "takes {{root}}"),
        ("proxy_pass http://unix:/run/docker.sock;", "named by an upstream"),
        ("set $x unix:/run/docker.sock;", "named by an upstream"),
        ("set $nimbus_host x;", "Nimbus's own"),
        # Names and ports that may be another workspace's on the same edge.
        ("server_name victim.example;", "takes the value {{server_name}}"),
        ("server_name {{server_name}} victim.example;", "takes the value {{server_name}}"),
        ("server_name {{word}};", "takes the value {{server_name}}"),
        ("server_name ~.;", "takes the value {{server_name}}"),
        ("listen 443;", "write {{listen}}"),
        ("listen 10.0.0.1:{{port}};", "write {{listen}}"),
        ("listen {{port}} default_server;", "write {{listen}}"),
        ("listen {{port}} ssl;", "write {{listen}}"),
        ("listen {{port}} proxy_protocol;", "write {{listen}}"),
        ("listen unix:/run/x.sock;", "write {{listen}}"),
        ("server_tokens on;", "cannot be used"),
        # Names are looked up when nginx starts; variables can be an address of the client's choice.
        ("proxy_pass http://app.example;", "takes http://{{upstream_name}}"),
        ("proxy_pass http://$host;", "takes http://{{upstream_name}}"),
        ("set $to 169.254.169.254; proxy_pass http://$to;", "takes http://{{upstream_name}}"),
        ("proxy_pass http://10.0.0.1$http_x;", "takes http://{{upstream_name}}"),
        ("if (-f /etc/shadow) { return 200; }", "tests for files"),
        ("if ( !-e /etc/shadow ) { return 200; }", "tests for files"),
        ("upstream x { server 127.0.0.1; }", "a block 'upstream'"),
        ("server { listen 80; }", "a block 'server'"),
        ("location / { server { } }", "a block 'server'"),
        ("types { text/html html; } include x;", "'include' cannot be used"),
    ],
)
def test_what_a_template_cannot_say(inside: str, reason: str) -> None:
    values: dict[str, Value] = {
        "port": 8080,
        "ssl": False,
        "server_name": Names(["a.example"]),
        "word": "nimbus-name.",
    }
    with pytest.raises(TemplateError) as caught:
        write(parse(SERVER % inside), values)
    assert reason in caught.value.reason
    assert caught.value.line == 2


@pytest.mark.parametrize("missing", ["listen", "server_name"])
def test_a_server_says_its_port_and_its_name(missing: str) -> None:
    """nginx's own choice would be one that nobody has asked for."""
    lines = {"listen": "listen {{port}};", "server_name": "server_name {{server_name}};"}
    whole = SERVER % " ".join(lines.values())
    lacking = SERVER % next(line for name, line in lines.items() if name != missing)
    values: dict[str, Value] = {"port": 8080, "server_name": Names(["a.example"])}
    assert write(parse(whole), values)
    with pytest.raises(TemplateError, match=f"server 2 has no {missing}"):
        write(parse(whole + lacking + whole), values)


@pytest.mark.parametrize("text", ["user root;", "map $a $b { }", "http { }", "events { }", "daemon on;"])
def test_a_template_has_only_servers(text: str) -> None:
    with pytest.raises(TemplateError, match="server"):
        write(parse(text), {})


@pytest.mark.parametrize(
    "inside",
    [
        "types { text/html html; application/x-thing thing; }",
        "location / { limit_except GET { deny all; } if ($request_method = POST) { return 405; } }",
        "root /srv/www/site-1;",
        "set $target $nimbus_dollar;",
        "location / { proxy_pass http://{{upstream_name}}/x/$args; }",
        "location / { proxy_pass https://{{upstream_name}}$request_uri; }",
        "location / { proxy_pass http://[2001:db8::1]:8080; }",
        'sub_filter "</head>" "<b>";',
    ],
)
def test_what_a_template_can_say(inside: str) -> None:
    ours = "listen {{port}} ssl; listen [::]:{{port}} ssl; server_name {{server_name}}; "
    values: dict[str, Value] = {
        "port": 443,
        "ssl": True,
        "server_name": Names(["a.example", "b.example"]),
        "upstream_name": BlockName("backend_1"),
    }
    assert write(parse(SERVER % (ours + inside)), values)


@pytest.mark.parametrize("name", built_in.DESCRIPTIONS)
def test_built_in_templates_can_be_the_beginning_of_an_own_one(name: str) -> None:
    assert parse(built_in.text(name)) == built_in.parsed(name)


def test_a_block_on_its_own_line_leaves_no_empty_one() -> None:
    assert written("a;\n  {{#if x}}\nb;\n  {{else}}\nc;\n  {{/if}}\nd;\n", x=False) == "a;\nc;\nd;\n"


def test_the_editor_offers_what_a_template_can_use() -> None:
    assert nginx_directives.FILE.read_text("utf-8") == nginx_directives.written(), (
        "python -m tests.kit.nginx_directives"
    )


@pytest.mark.parametrize("name", built_in.DESCRIPTIONS)
def test_a_template_can_begin_as_a_built_in_one(name: str) -> None:
    """With all that a virtual host can say, rewrite rules too."""
    rich = next(sample for sample in SAMPLES if any(at.rewrite_rules for at in sample.spec.locations))
    host = rich._replace(template=UsedTemplate("t-1", 1, built_in.text(name)))
    for dialect in CLASSES.values():
        assert "server_name" in make(host, dialect, has_ipv6=True).text


@pytest.mark.parametrize(
    ("before", "wrong"),
    [
        ("{{listen}}", "perl x;"),
        ("{{#if yes}}\n    gzip on;\n    {{/if}}", "perl x;"),
        (
            "{{#if no}}\n    gzip on;\n    {{else}}\n    gzip off;\n    {{/if}}",
            "{{#each items}}perl {{this}};{{/each}}",
        ),
        ("{{! a remark\n  of two lines }}", "perl {{word}};"),
        ("{{#each items}}\n    add_header A {{this}};\n    {{/each}}", "perl x;"),
    ],
)
def test_what_is_not_allowed_is_told_by_its_line_of_the_template(before: str, wrong: str) -> None:
    template = f"server {{\n    {before}\n    {wrong}\n}}\n"
    values: dict[str, Value] = {
        "listen": Written("listen 80;\n    listen [::]:80;\n    listen 81;"),
        "yes": True,
        "no": False,
        "items": ["a", "b"],
        "word": "x",
    }
    line = template[: template.index("perl")].count("\n") + 1
    with pytest.raises(TemplateError, match=f"^line {line}: the directive 'perl'"):
        write(parse(template), values)


def test_a_directive_that_does_not_end_is_told_by_its_line_of_the_template() -> None:
    template = "server {\n    {{#if yes}}\n    gzip on;\n    {{/if}}\n    return 204\n}\n"
    with pytest.raises(TemplateError, match=r"^line 5: "):
        write(parse(template), {"yes": True})
