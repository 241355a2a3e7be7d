"""A certificate authority as it is spoken to (ACME): blocking, and for threads. Its errors become few words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import requests
from acme import challenges, client, crypto_util, errors, messages
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from josepy.errors import Error as JoseError
from josepy.interfaces import JSONDeSerializable
from josepy.jwa import ES256
from josepy.jwk import JWK, JWKEC

from nimbus.edge.certificates.issuing.records import Directory, KeyType
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.version import VERSION

TIMEOUT_S = 20
# A nonce is used up by another answer, or the authority lost it: tried again with the next one.
_NONCE_TRIES = 6
_MAX_WORDS = 500
RSA_BITS = 2048
Result = TypeVar("Result")
# Its lines have whole requests in them.
logging.getLogger("acme").setLevel(logging.WARNING)


class AuthorityError(NimbusError):
    """`wait_s`: what the authority asked for, 0 without; `kind` is its own word, "" where it did not answer.
    `ends_order`: the order cannot be gone on with."""

    def __init__(
        self, message: str, *, wait_s: float = 0.0, kind: str = "", ends_order: bool = False
    ) -> None:
        super().__init__(message)
        self.wait_s, self.kind, self.ends_order = wait_s, kind, ends_order


class Proof(NamedTuple):
    """What proves a domain over HTTP: `authorization` is answered for `token`; `url` is the challenge's."""

    domain: str
    url: str
    token: str
    authorization: str


class OrderState(NamedTuple):
    """`status` is RFC 8555's; `proofs` are those that are still asked for, `tokens` all of the order."""

    status: str
    proofs: tuple[Proof, ...]
    tokens: tuple[str, ...]


class Renewal(NamedTuple):
    """When the authority wants it renewed (None: it does not say), and when to ask again; epoch seconds."""

    at: float | None
    ask_again: float


def new_account_key() -> str:
    return _pem(ec.generate_private_key(ec.SECP256R1()))


def new_certificate_key(key_type: KeyType) -> str:
    if key_type == "rsa":
        return _pem(rsa.generate_private_key(65537, RSA_BITS))
    return _pem(ec.generate_private_key(ec.SECP256R1()))


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")


class _Network(client.ClientNetwork):
    """Remembers how long the authority asked to wait, and does not give up at its second bad nonce."""

    def __init__(self, key: JWK, ca_file: str) -> None:
        agent = f"nimbus/{VERSION}"
        super().__init__(key, alg=ES256, user_agent=agent, timeout=TIMEOUT_S)
        # requests takes a file here as well as a truth value.
        self.verify_ssl = ca_file or True  # type: ignore[assignment]
        self.retry_after = ""
        self.session.hooks["response"].append(self._remember)

    def _remember(self, response: requests.Response, *_: Any, **__: Any) -> None:
        self.retry_after = response.headers.get("Retry-After", "")

    def post(self, *args: Any, **kwargs: Any) -> requests.Response:
        for _ in range(_NONCE_TRIES - 1):
            try:
                return super().post(*args, **kwargs)
            except messages.Error as error:
                if error.code != "badNonce":
                    raise
        return super().post(*args, **kwargs)


class Authority:
    """Of one account; `uri` "": not registered yet. Methods raise AuthorityError."""

    def __init__(self, directory: Directory, account_key: str, uri: str, clock: Callable[[], float]) -> None:
        self._directory, self._clock = directory, clock
        self._key = JWKEC.load(account_key.encode("ascii"))
        self._network = _Network(self._key, directory.ca_file)
        if uri:
            self._network.account = _registration(uri)
        self._found: client.ClientV2 | None = None

    def register(self) -> str:
        """The account's address: of a new one, or of the one that this key has."""

        def register() -> str:
            acme = self._client()
            binding = None
            if self._directory.external_key_id:
                binding = messages.ExternalAccountBinding.from_data(
                    self._key.public_key(),
                    self._directory.external_key_id,
                    self._directory.external_key,
                    acme.directory,
                )
            elif acme.external_account_required():
                raise AuthorityError(
                    "the certificate authority wants an external account: set acme_eab_key_id and acme_eab_key_file"
                )
            wanted = messages.NewRegistration.from_data(
                email=self._directory.contact or None,
                terms_of_service_agreed=True,
                external_account_binding=binding,
            )
            try:
                return str(acme.new_account(wanted).uri)
            except errors.ConflictError as error:
                self._network.account = _registration(error.location)
                return str(error.location)

        return self._saying(register)

    def new_order(self, domains: Sequence[str], key: str) -> str:
        """Its address."""

        def order() -> str:
            return str(self._client().new_order(_request(key, domains)).uri)

        return self._saying(order)

    def look(self, url: str) -> OrderState:
        def look() -> OrderState:
            order = messages.Order.from_json(self._fetch(url).json())
            if order.status == messages.STATUS_VALID:
                return OrderState("valid", (), ())
            proofs, tokens, refused = [], [], []
            for address in order.authorizations:
                body = messages.Authorization.from_json(self._fetch(address).json())
                refused += [_words_of(one.error, body) for one in body.challenges if one.error is not None]
                for one in body.challenges:
                    if not isinstance(one.chall, challenges.HTTP01):
                        continue
                    token = one.chall.encode("token")
                    tokens.append(token)
                    if body.status == messages.STATUS_PENDING and one.status == messages.STATUS_PENDING:
                        proofs.append(
                            Proof(
                                body.identifier.value, one.uri, token, one.chall.key_authorization(self._key)
                            )
                        )
            if order.status == messages.STATUS_INVALID or refused:
                said = refused or ([_words_of(order.error)] if order.error else ["without saying why"])
                raise AuthorityError(
                    f"the certificate authority refused: {'; '.join(said)}"[:_MAX_WORDS],
                    kind="invalid",
                    ends_order=True,
                )
            return OrderState(order.status.name, tuple(proofs), tuple(tokens))

        return self._saying(look)

    def begin(self, proof: Proof) -> None:
        """The answer is there: the authority may look."""
        self._saying(lambda: self._post(proof.url, _Empty()))

    def finalize(self, url: str, domains: Sequence[str], key: str) -> None:
        def finalize() -> None:
            body = messages.Order.from_json(self._fetch(url).json())
            order = messages.OrderResource(
                body=body, uri=url, authorizations=[], csr_pem=_request(key, domains)
            )
            self._client().begin_finalization(order)

        self._saying(finalize)

    def download(self, url: str) -> str:
        """The chain of an order that is valid, in PEM."""

        def download() -> str:
            order = messages.Order.from_json(self._fetch(url).json())
            return str(self._fetch(str(order.certificate)).text)

        return self._saying(download)

    def renewal(self, chain: str) -> Renewal:
        def renewal() -> Renewal:
            at, again = self._client().renewal_time(chain.encode("ascii"))
            return Renewal(at.timestamp() if at else None, again.timestamp())

        return self._saying(renewal)

    # Inside.

    def _client(self) -> client.ClientV2:
        if self._found is None:
            directory = client.ClientV2.get_directory(self._directory.url, self._network)
            self._found = client.ClientV2(directory, self._network)
        return self._found

    def _fetch(self, url: str) -> requests.Response:
        return self._post(url, None)

    def _post(self, url: str, body: Any) -> requests.Response:
        return self._network.post(url, body, new_nonce_url=self._client().directory["newNonce"])

    def _saying(self, work: Callable[[], Result]) -> Result:
        host = urlsplit(self._directory.url).hostname or self._directory.url
        self._network.retry_after = ""
        try:
            return work()
        except AuthorityError:
            raise
        except messages.Error as error:
            kind = error.code or ""
            raise AuthorityError(
                f"the certificate authority {host} refused: {_words_of(error)}"[:_MAX_WORDS],
                wait_s=self._asked_wait(),
                kind=kind,
                ends_order=kind in ("malformed", "unauthorized", "caa", "rejectedIdentifier"),
            ) from None
        except requests.RequestException as error:
            raise AuthorityError(
                f"the certificate authority {host} cannot be reached: {_reason(error)}"[:_MAX_WORDS]
            ) from None
        except (errors.Error, JoseError, KeyError, ValueError, OSError) as error:
            raise AuthorityError(
                f"the certificate authority {host} gave an answer that is not ACME's: "
                f"{type(error).__name__} {error}"[:_MAX_WORDS],
                wait_s=self._asked_wait(),
            ) from None

    def _asked_wait(self) -> float:
        given = self._network.retry_after
        if given.isascii() and given.isdigit():
            return float(given)
        try:
            return max(0.0, parsedate_to_datetime(given).timestamp() - self._clock()) if given else 0.0
        except (ValueError, OverflowError):
            return 0.0


class _Empty(JSONDeSerializable):
    """`{}`, by which a challenge is begun (RFC 8555, section 7.5.1)."""

    def to_partial_json(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_json(cls, _: Any) -> _Empty:
        return cls()


def _registration(uri: str) -> messages.RegistrationResource:
    return messages.RegistrationResource(body=messages.Registration(), uri=uri)


def _request(key: str, domains: Sequence[str]) -> bytes:
    return crypto_util.make_csr(key.encode("ascii"), list(domains))


def _words_of(error: Any, authorization: Any = None) -> str:
    """`detail` of an error, and of those in it, each with its domain."""
    domain = error.identifier or (authorization.identifier if authorization else None)
    words = error.detail or error.title or error.typ
    words = f"{domain.value}: {words}" if domain else str(words)
    return "; ".join([words, *(_words_of(one) for one in error.subproblems or ())])


def _reason(error: requests.RequestException) -> str:
    """The innermost, which says what the matter is."""
    inner: BaseException = error
    while inner.__cause__ is not None or inner.__context__ is not None or getattr(inner, "reason", None):
        reason = getattr(inner, "reason", None)
        following = reason if isinstance(reason, BaseException) else inner.__cause__ or inner.__context__
        if following is None:
            break
        inner = following
    words = inner.strerror if isinstance(inner, OSError) else None
    return words or str(inner) or type(inner).__name__
