"""The text protocol of userspace WireGuard: what we say, what we understand, what we refuse."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nimbus.wireguard import uapi
from nimbus.wireguard.keys import key_bytes, key_digest, key_text
from nimbus.wireguard.model import Interface, InterfaceState, PeerState
from nimbus.wireguard.plan import PeerChange, Plan

PRIVATE = key_text(bytes([200]) * 32)
KEY = key_text(bytes([1]) * 32)
PSK = key_text(bytes([9]) * 32)
WANT = Interface(name="wg0", private_key=PRIVATE)

# The example answer of https://www.wireguard.com/xplatform/ (the keys are published there).
EXAMPLE = b"""\
private_key=e84b5a6d2717c1003a13b431570353dbaca9146cf150c5f8575680feba52027a
listen_port=12912
public_key=b85996fecc9c7f1fc6d2572a76eda11d59bcd20be8e543b15ce4bd85a8e75a33
preshared_key=188515093e952f5f22e865cef3012e72f8b5f0b598ac0309d5dacce3b70fcf52
allowed_ip=192.168.4.4/32
endpoint=[abcd:23::33%2]:51820
public_key=58402e695ba1772b1cc9309755f043251ea77fdcf10fbe63989ceb7e19321376
tx_bytes=38333
rx_bytes=2224
allowed_ip=192.168.4.6/32
persistent_keepalive_interval=111
endpoint=182.122.22.19:3233
public_key=662e14fd594556f522604703340351258903b64f35553763f19426ab2a515c58
endpoint=5.152.198.39:51820
allowed_ip=192.168.4.10/32
allowed_ip=192.168.4.11/32
tx_bytes=1212111
rx_bytes=1929999999
protocol_version=1
errno=0

"""


def test_the_example_of_the_specification() -> None:
    state = uapi.decode_get("wg0", EXAMPLE)
    assert (state.exists, state.listen_port, len(state.peers)) == (True, 12912, 3)
    first, second, third = state.peers.values()
    assert first.endpoint == "[abcd:23::33%2]:51820"
    assert first.preshared_digest
    assert (second.tx_bytes, second.rx_bytes, second.persistent_keepalive) == (38333, 2224, 111)
    assert third.allowed_ips == ("192.168.4.10/32", "192.168.4.11/32")
    assert third.last_handshake is None
    assert state.private_key_digest == key_digest(bytes.fromhex(EXAMPLE.split(b"\n")[0][12:].decode()))


def test_a_device_that_was_just_made() -> None:
    state = uapi.decode_get("wg0", b"errno=0\n\n")
    assert state == InterfaceState(name="wg0", exists=True)
    zero = b"private_key=" + b"0" * 64 + b"\nerrno=0\n\n"
    assert uapi.decode_get("wg0", zero).private_key_digest == ""


def test_keys_of_a_later_protocol_are_passed_over() -> None:
    answer = EXAMPLE.replace(b"listen_port=12912\n", b"listen_port=12912\nfuture=x=y\n")
    answer = answer.replace(b"tx_bytes=38333\n", b"tx_bytes=38333\nfuture=z\n")
    assert uapi.decode_get("wg0", answer) == uapi.decode_get("wg0", EXAMPLE)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"errno=0",
        b"errno=0\n",
        b"\n\n",
        b"listen_port=1\n\n",
        b"errno=-5\n\n",
        b"errno=\n\n",
        b"errno=0x0\n\n",
        b"errno\n\n",
        b"=0\n\n",
        b"errno=0\n\nerrno=0\n\n",
        b"listen_port=1e3\nerrno=0\n\n",
        b"private_key=00\nerrno=0\n\n",
        b"public_key=" + b"g" * 64 + b"\nerrno=0\n\n",
        b"public_key=" + b"1" * 63 + b"\nerrno=0\n\n",
        (b"public_key=" + b"1" * 64 + b"\n") * 2 + b"errno=0\n\n",
        b"public_key=" + b"1" * 64 + b"\nrx_bytes=\nerrno=0\n\n",
        b"public_key=" + b"1" * 64 + b"\nrx_bytes=" + b"9" * 5000 + b"\nerrno=0\n\n",
        b"public_key=" + b"1" * 64 + b"\nlast_handshake_time_sec=soon\nerrno=0\n\n",
        b"public_key=\xff\nerrno=0\n\n",
    ],
)
def test_malformed_answers_are_refused(answer: bytes) -> None:
    with pytest.raises(uapi.UapiError):
        uapi.decode_get("wg0", answer)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_state_or_an_error(answer: bytes) -> None:
    try:
        uapi.decode_get("wg0", answer + b"\n\n")
    except uapi.UapiError:
        return


def test_an_error_does_not_repeat_a_line_that_may_hold_a_key() -> None:
    secret = "ab" * 32
    with pytest.raises(uapi.UapiError) as caught:
        uapi.decode_get("wg0", f"private_key {secret}\nerrno=0\n\n".encode())
    assert secret not in caught.value.line()


@pytest.mark.parametrize(
    ("answer", "number"), [(b"errno=0\n\n", 0), (b"errno=98\n\n", 98), (b"errno=-98\n\n", 98)]
)
def test_status(answer: bytes, number: int) -> None:
    assert uapi.decode_status(answer) == number


@pytest.mark.parametrize("answer", [b"", b"errno=0\n", b"\n\n", b"ok=1\n\n", b"errno=zero\n\n"])
def test_a_status_that_is_none(answer: bytes) -> None:
    with pytest.raises(uapi.UapiError):
        uapi.decode_status(answer)


def test_a_set_operation() -> None:
    todo = Plan(
        set_private_key=True,
        listen_port=51820,
        peers=(
            PeerChange(public_key=KEY, remove=True),
            PeerChange(
                public_key=PSK,
                existing=True,
                endpoint="[2001:db8::1]:5",
                persistent_keepalive=25,
                preshared_key=PSK,
                replace_allowed_ips=True,
                allowed_ips=("10.0.0.0/8", "fd00::/64"),
            ),
            PeerChange(public_key=PRIVATE, preshared_key=""),
        ),
        mtu=1280,
        add_addresses=("10.0.0.1/24",),
    )
    assert uapi.encode_set(todo, WANT).decode().split("\n") == [
        "set=1",
        f"private_key={'c8' * 32}",
        "listen_port=51820",
        f"public_key={'01' * 32}",
        "remove=true",
        f"public_key={'09' * 32}",
        "update_only=true",
        f"preshared_key={'09' * 32}",
        "endpoint=[2001:db8::1]:5",
        "persistent_keepalive_interval=25",
        "replace_allowed_ips=true",
        "allowed_ip=10.0.0.0/8",
        "allowed_ip=fd00::/64",
        f"public_key={'c8' * 32}",
        f"preshared_key={'00' * 32}",
        "",
        "",
    ]


KEYS = st.binary(min_size=32, max_size=32).filter(any).map(key_text)
ENDPOINTS = st.sampled_from([None, "192.0.2.1:1", "[2001:db8::1]:65535"])
NETWORKS = st.lists(st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "fd00::/64", "0.0.0.0/0"]), unique=True)


@st.composite
def changes(draw: st.DrawFn) -> PeerChange:
    return PeerChange(
        public_key=draw(KEYS),
        endpoint=draw(ENDPOINTS),
        persistent_keepalive=draw(st.one_of(st.none(), st.integers(0, 65535))),
        preshared_key=draw(st.one_of(st.none(), st.just(""), KEYS)),
        replace_allowed_ips=draw(st.booleans()),
        allowed_ips=tuple(sorted(draw(NETWORKS))),
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(changes(), max_size=5, unique_by=lambda change: change.public_key), st.booleans())
def test_what_is_set_on_an_empty_device_is_what_it_reports(peers: list[PeerChange], with_key: bool) -> None:
    """The lines of `set` less its commands are those of `get`: encode, echo, decode."""
    todo = Plan(set_private_key=with_key, listen_port=7, peers=tuple(peers))
    request = uapi.encode_set(todo, WANT)
    echoed = re.sub(
        rb"^(set=1|replace_allowed_ips=true|update_only=true)\n", b"", request, flags=re.MULTILINE
    )
    state = uapi.decode_get("wg0", echoed[:-1] + b"errno=0\n\n")
    assert state == InterfaceState(
        name="wg0",
        exists=True,
        private_key_digest=key_digest(key_bytes(PRIVATE)) if with_key else "",
        listen_port=7,
        peers={
            each.public_key: PeerState(
                public_key=each.public_key,
                allowed_ips=each.allowed_ips,
                endpoint=each.endpoint,
                persistent_keepalive=each.persistent_keepalive or 0,
                preshared_digest=key_digest(key_bytes(each.preshared_key)) if each.preshared_key else "",
            )
            for each in peers
        },
    )
