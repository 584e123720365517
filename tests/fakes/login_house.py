"""A login system with users, and tokens whose keys the test knows: what they hold in their hands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from dsc.crypto.ocra import Suite, mutual, respond
from dsc.protocol.plain import Method, code
from dsc.protocol.transaction import Field
from host_tools.inventory import Inventory, Location, NewCredential
from host_tools.login import accounts, device_life, issuing, outbox
from host_tools.login.answering import Answered, PageAnswered, answer
from host_tools.login.beginning import Asked, begin, begin_vouched
from host_tools.login.devices import Device
from host_tools.login.service.note import actor
from host_tools.login.sessions import open_session
from host_tools.login.system import LoginSystem
from host_tools.policy import Policy
from host_tools.policy.kinds import DeviceKind

PASSWORD = "correct horse battery staple"
LOGIN = "OCRA-1:HOTP-SHA256-8:QN06"
COUNTING = "OCRA-1:HOTP-SHA256-8:C-QN06"
SERVER = "OCRA-1:HOTP-SHA256-6:QN06"


class House:
    """Keys are made of the number that the token was given; an alarm key is the key with every bit turned."""

    def __init__(self, location: Location, now: Callable[[], datetime], policy: Policy | None = None) -> None:
        self.inventory = Inventory.open(location, actor=actor("service"), now=now, policy=policy)
        self.system = LoginSystem(self.inventory)
        self.now = now
        self.hands: dict[str, Hand] = {}
        self.codes: dict[int, list[str]] = {}
        self._number = 0

    def close(self) -> None:
        self.inventory.close()

    def user(self, name: str = "alice", password: str | None = None, **options: object) -> accounts.User:
        """A user; without a password, so that no test waits for Argon2 that does not need it."""
        return accounts.add_user(self.system, name, password, **options)  # type: ignore[arg-type]

    def token(
        self,
        name: str = "alice",
        suite: str = LOGIN,
        *,
        alarm: bool = False,
        is_mutual: bool = False,
        possession_only: bool = False,
        active: bool = True,
        counter: int = 0,
        kind: DeviceKind | None = None,
        sign_suite: str | None = None,
        form: tuple[Field, ...] = (),
        unlock_secret: bytearray | None = None,
    ) -> Device:
        """A sealed token as the user's device; in verified mode, if it has an unlock secret."""
        self._number += 1
        serial = f"DS-{self._number}"
        hand = Hand(self._number, suite, counter)
        self.hands[serial] = hand
        new = NewCredential(
            id=self._number.to_bytes(16, "big"),
            label="Login",
            key=hand.key(),
            login_suite=suite,
            server_suite=SERVER if is_mutual else None,
            server_id=(1 << 64 | self._number).to_bytes(16, "big") if is_mutual else None,
            server_key=hand.server_key() if is_mutual else None,
            alarm_key=hand.key(alarm=True) if alarm else None,
            possession_only=possession_only,
            counter=counter,
            sign_suite=sign_suite,
            form=form,
        )
        self.inventory.record_in_doubt(
            serial,
            board="simulated",
            uid=b"uid",
            firmware_version="0",
            credentials=[new],
            mode="soft" if unlock_secret is None else "verified",
            unlock_secret=unlock_secret,
        )
        self.inventory.mark_sealed(serial)
        return device_life.add_token(self.system, name, serial, kind=kind, active=active)

    def other_device(self, kind: DeviceKind, name: str = "alice") -> Device:
        """A device that is no token, with no secret: nothing is asked of it."""
        with self.system.writing() as work:
            return device_life.insert_device(work, accounts.user_in(work, name), kind, active=True)

    def session_by(
        self, device: Device, name: str = "alice", *, limited: bool = False, alarm: bool = False
    ) -> str:
        """A session that this device has opened, whatever it had answered."""
        with self.system.writing() as work:
            user = accounts.user_in(work, name)
            return open_session(work, user, device, is_alarm=alarm, is_limited=limited, ends_at=None)[0]

    def begin(self, name: str = "alice", **options: object) -> Asked:
        """What the user is asked, the first factor judged elsewhere."""
        return begin_vouched(self.system, name, **options)  # type: ignore[arg-type]

    def begin_with(self, password: str, name: str = "alice") -> Asked:
        return begin(self.system, name, password)

    def card(self, name: str = "alice", *, online: bool = True, active: bool = True) -> Device:
        """A card in the user's hand."""
        issued = issuing.issue_card(self.system, name, online=online)
        self.codes[issued.device.id] = [bytes(one).decode() for one in issued.codes]
        if active:
            device_life.activate_device(self.system, name, issued.device.id)
        return issued.device

    def passcode(self, name: str = "alice") -> str:
        """A temporary passcode, as the user has noted it."""
        return issuing.issue_passcode(self.system, name, "passport, called back").code.decode()

    def sent(self, digits: int = 6) -> list[str]:
        """The codes of the messages that wait, as their readers find them."""
        waiting = outbox.messages(self.system, waiting=True)
        return [outbox.read(self.system, one.id)[:digits] for one in waiting]

    def response(self, asked: Asked, *, alarm: bool = False) -> str:
        """What the user's token shows, which counts on if it counts, or what his card has."""
        if asked.indexes is not None:
            return "".join(self.codes[asked.device][index - 1] for index in asked.indexes)
        assert asked.serial is not None
        return self.hands[asked.serial].shows(asked.challenge, self.now(), alarm=alarm)

    def answer(self, asked: Asked, typed: str | None = None, *, alarm: bool = False) -> Answered:
        """With what was typed, or with what the token shows."""
        shown = self.response(asked, alarm=alarm) if typed is None else typed
        return answer(self.system, asked.reference, shown)

    def login(self, name: str = "alice") -> Answered:
        return self.answer(self.begin(name))

    def fail(self, name: str = "alice") -> Answered:
        """One wrong answer."""
        asked = self.begin(name)
        right = self.response(asked)
        return self.answer(asked, f"{(int(right) + 1) % 10 ** len(right):0{len(right)}}")


class Hand:
    """A token in somebody's hand, with the right PIN."""

    def __init__(self, number: int, suite: str, counter: int) -> None:
        self.number = number
        self.suite = suite
        self.counter = counter
        self.page_number: str | None = None

    def key(self, *, alarm: bool = False) -> bytearray:
        real = bytearray(self.number.to_bytes(4, "big") * 8)
        return bytearray(one ^ 0xFF for one in real) if alarm else real

    def server_key(self) -> bytearray:
        return bytearray((self.number ^ 0x55).to_bytes(4, "big") * 8)

    def shows(self, challenge: str | None, now: datetime, *, alarm: bool = False) -> str:
        key = self.key(alarm=alarm)
        if not self.suite.startswith("OCRA"):
            method = Method.parse(self.suite)
            factor = int(now.timestamp()) if method.timed else self.counter
            self.counter += 1
            return code(method, key, factor)
        suite = Suite.parse(self.suite)
        assert challenge is not None
        if self.page_number is not None:
            return mutual(suite, key, challenge, self.page_number)
        shown = respond(suite, key, challenge, counter=self.counter if suite.counter else None)
        self.counter += 1
        return shown

    def checks(self, page: PageAnswered) -> bool:
        """Whether the page has proved itself to the token, whose number was typed into it."""
        assert self.page_number is not None
        assert page.asked.challenge is not None
        return self.page_code(page.asked.challenge) == page.code

    def page_code(self, challenge: str) -> str:
        """What the page has to say of the token's number, before the token takes the challenge."""
        assert self.page_number is not None
        return mutual(Suite.parse(SERVER), self.server_key(), self.page_number, challenge)
