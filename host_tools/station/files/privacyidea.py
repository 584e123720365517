"""A privacyIDEA server's administration, as far as an enrolment needs it: sign in, look for a token, make one."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

import httpx

from dsc.crypto.memory import equal
from host_tools.station.files.privacyidea_errors import (
    CaFileError,
    CounterNotMovedError,
    EnrolledAlreadyError,
    OtherKeyError,
    OutcomeUnknownError,
    ServerAddressError,
    ServerRefusedError,
    SignInRefusedError,
    StrangeAnswerError,
    UnreachableServerError,
    UntrustedServerError,
)

SECONDS: Final = 30  # for each step of an exchange
MOST_WORDS: Final = 200  # characters of what the server says
_UNAUTHORISED: Final = 401
_KEY_PREFIX: Final = "seed://"


class PrivacyIdea:
    """A server at which one administrator signs in. Close it, or use it in a `with`.

    It is spoken to directly, whatever proxies the environment names: over plain HTTP a proxy would see the keys. Its
    redirections are not followed. What Python's HTTP library copies of a key on its way out, and what the server sends
    back of it, stays in this process's memory until something else is put there.
    """

    def __init__(self, address: str, ca_file: Path | None = None, seconds: float = SECONDS) -> None:
        """`address` is https://HOST[:PORT][/PATH], or http: to this machine itself; nothing is sent yet.

        The certificate must be signed by somebody whom this machine trusts, or if `ca_file` is given, by one of
        those in it. Raises ServerAddressError, CaFileError.
        """
        url = _checked(address)
        self.host = url.netloc.decode("ascii")
        try:
            trust = ssl.create_default_context(cafile=ca_file)
        except ssl.SSLError as error:
            raise CaFileError(str(ca_file), "it holds no certificates in PEM form") from error
        except OSError as error:
            raise CaFileError(str(ca_file), (error.strerror or str(error)).lower()) from error
        self._client = httpx.Client(base_url=url, verify=trust, timeout=seconds, trust_env=False)

    def close(self) -> None:
        """Forget the session. The server ends it by itself, an hour after it began by default."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def sign_in(self, name: str, password: bytearray) -> None:
        """Begin a session; the caller wipes the password (UTF-8).

        Raises SignInRefusedError, UntrustedServerError, UnreachableServerError, ServerRefusedError, StrangeAnswerError.
        """
        try:
            fields = {"username": name, "password": password.decode()}
        except UnicodeDecodeError:  # whose text would show it
            raise SignInRefusedError(self.host, name, "the password is not UTF-8") from None
        try:
            value = self._value(self._send("POST", "auth", fields))
        except ServerRefusedError as error:
            if error.status != _UNAUTHORISED:
                raise
            raise SignInRefusedError(self.host, name, "the name or the password is wrong") from None
        if not isinstance(value, dict) or not isinstance(value.get("token"), str):
            raise SignInRefusedError(self.host, name, "it asks for more than a password")
        if value.get("role") != "admin":
            raise SignInRefusedError(self.host, name, "that is the account of a user")
        session = value["token"]
        if not session or not session.isascii() or not session.isprintable():
            raise StrangeAnswerError(self.host, "it gives no session that could be sent back")
        self._client.headers["Authorization"] = session

    def refuse_known(self, serial: str) -> None:
        """Raise EnrolledAlreadyError if this administrator sees a token of that serial, in upper case or lower.

        Or UntrustedServerError, UnreachableServerError, ServerRefusedError, StrangeAnswerError.
        """
        value = self._value(self._send("GET", "token/", {"serial": serial}))
        try:
            known = [token["serial"].casefold() for token in value["tokens"]]
        except (KeyError, TypeError, AttributeError) as error:
            raise StrangeAnswerError(self.host, "it does not list tokens") from error
        if serial.casefold() in known:
            raise EnrolledAlreadyError(self.host, serial)

    def make_token(self, serial: str, fields: Mapping[str, str], key: bytearray) -> None:
        """Make a token with this key, which the caller wipes. If the server has that serial, it may take the new key.

        Raises OutcomeUnknownError, OtherKeyError, ServerRefusedError, StrangeAnswerError.
        """
        sent = key.hex()
        try:
            answer = self._send("POST", "token/init", {**fields, "serial": serial, "otpkey": sent})
        except UnreachableServerError as error:
            raise OutcomeUnknownError(self.host, serial) from error.__cause__
        if self._value(answer, secret=sent) is not True:
            raise StrangeAnswerError(self.host, f"it does not say whether it made {serial}")
        made = self._key_of(answer)
        if made is not None and not (made.isascii() and equal(made, _KEY_PREFIX + sent)):
            raise OtherKeyError(self.host, serial)

    def move_counter(self, serial: str, counter: int, before: tuple[str, str]) -> None:
        """Have a HOTP token stand at `counter`, by the two codes before it. Raises CounterNotMovedError."""
        fields = {"serial": serial, "otp1": before[0], "otp2": before[1]}
        try:
            moved = self._value(self._send("POST", "token/resync", fields))
        except (UnreachableServerError, ServerRefusedError, StrangeAnswerError) as error:
            raise CounterNotMovedError(self.host, serial, counter) from error
        if moved is not True:
            raise CounterNotMovedError(self.host, serial, counter)

    def _send(self, method: str, path: str, fields: Mapping[str, str]) -> httpx.Response:
        """The answer, with whatever status. Secrets are in `fields` of a POST only, which go into its body."""
        place = {"params": fields} if method == "GET" else {"data": fields}
        try:
            return self._client.request(method, path, **place)  # type: ignore[arg-type]
        except httpx.RequestError as error:
            distrust = _distrust(error)
            if distrust is not None:
                raise UntrustedServerError(self.host, distrust) from error
            raise UnreachableServerError(self.host, str(error) or type(error).__name__) from error

    def _value(self, answer: httpx.Response, secret: str = "") -> Any:
        """What the server answered; `secret` is not repeated if it should be in the words of a refusal.

        Raises ServerRefusedError, StrangeAnswerError.
        """
        try:
            result = self._body(answer)["result"]
            if result["status"] is True:
                return result["value"]
            refusal = result["error"]
            code, words = refusal.get("code"), str(refusal.get("message"))
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise StrangeAnswerError(self.host, f"HTTP status {answer.status_code}, and no result") from error
        if secret and secret.casefold() in words.casefold():
            words = "in words that hold the key"
        words = "".join(one for one in words if one.isprintable())[:MOST_WORDS]
        raise ServerRefusedError(
            self.host, answer.status_code, code if isinstance(code, int) else None, words
        )

    def _key_of(self, answer: httpx.Response) -> str | None:
        """The key that the server says a new token has, or None if it does not say. Raises StrangeAnswerError."""
        found: Any = self._body(answer)
        for name in ("detail", "otpkey", "value"):
            if not isinstance(found, dict):
                raise StrangeAnswerError(self.host, "what it says of the new token has another form")
            if name not in found:
                return None
            found = found[name]
        if not isinstance(found, str):
            raise StrangeAnswerError(self.host, "the key that it says it made is no text")
        return found

    def _body(self, answer: httpx.Response) -> Any:
        try:
            return answer.json()
        except (ValueError, RecursionError) as error:  # JSON may be nested deeper than Python reads
            raise StrangeAnswerError(self.host, f"HTTP status {answer.status_code}, and no JSON") from error


def _checked(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise ServerAddressError("that is no address") from error
    if url.scheme not in ("https", "http") or not url.host:
        raise ServerAddressError("an address begins with https:// and the server's name")
    if url.userinfo:
        raise ServerAddressError("an address holds no name and password")
    if url.query or url.fragment:
        raise ServerAddressError("an address ends with its path")
    if url.scheme == "http" and not _is_this_machine(url.host):
        raise ServerAddressError(
            "plain http would show the keys to the network; it is for this machine itself"
        )
    return url


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _distrust(error: BaseException) -> str | None:
    """What is wrong with the server's certificate, if it is that by which the connection failed."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        cause = cause.__cause__ or cause.__context__
    return None
