"""What the service does by itself: messages leave by the gateway, codes are forgotten, and nothing stops it."""

import time

import pytest

from fakes.sms_server import SmsServer
from host_tools.inventory.schema import DemandRow, LoginSecretRow
from host_tools.login import outbox
from host_tools.login.errors import RefusedError
from host_tools.login.issuing import add_sms
from host_tools.login.service.chores import Chores
from host_tools.login.serving import logs
from host_tools.login.serving.gateways import gateway_of
from host_tools.login.serving.settings import Settings

PHONE = "+442079460000"


def until(true):
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "it did not become true"
        time.sleep(0.01)


@pytest.fixture
def gateway_server():
    with SmsServer() as server:
        yield server


@pytest.fixture
def gateway(gateway_server):
    url, body = gateway_server.address, {"to": "{phone}", "body": "{text}"}
    return gateway_of(Settings(sms_url=url, sms_body=body))


@pytest.fixture
def run(house):
    running = []

    def run(gateway=None):
        chores = Chores(house.system, gateway, logs.set_up("info"), every_seconds=0.02)
        chores.start()
        running.append(chores)
        return chores

    yield run
    for one in running:
        one.stop()


def asks_for_a_code(house):
    house.user(phone=PHONE)
    add_sms(house.system, "alice")
    return house.begin()


def test_a_message_leaves_by_the_gateway_of_the_settings(house, gateway_server, gateway, run):
    run(gateway)
    asks_for_a_code(house)
    until(lambda: gateway_server.asked)
    until(lambda: not outbox.messages(house.system, waiting=True))
    assert len(gateway_server.asked) == 1
    assert PHONE.encode() in gateway_server.asked[0].body


def test_without_a_gateway_messages_wait(house, run):
    assert gateway_of(Settings()) is None
    run()
    asks_for_a_code(house)
    time.sleep(0.2)
    assert len(outbox.messages(house.system, waiting=True)) == 1


def test_codes_that_have_expired_are_forgotten(house, clock, run):
    asks_for_a_code(house)
    clock.advance(minutes=6)
    run()

    def kept():
        with house.inventory.reading() as session:
            return session.query(LoginSecretRow).count()

    until(lambda: kept() == 0)


def test_what_asked_for_a_code_is_forgotten_long_after(house, clock, run):
    asks_for_a_code(house)
    clock.advance(days=31)
    run()

    def kept():
        with house.inventory.reading() as session:
            return session.query(DemandRow).count()

    until(lambda: kept() == 0)


def test_what_goes_wrong_is_logged_without_a_secret_and_tried_again(
    house, gateway, gateway_server, run, capfd
):
    asks_for_a_code(house)
    place = house.inventory._database._path
    hidden = place.with_name("hidden")
    house.inventory._database._engine.dispose()
    place.rename(hidden)
    run(gateway)
    logged = []
    until(lambda: logged.append(capfd.readouterr().err) or "chores failed" in "".join(logged))
    assert PHONE not in "".join(logged)
    hidden.rename(place)
    until(lambda: gateway_server.asked)


def test_a_gateway_that_refuses_is_logged(house, gateway, gateway_server, run, capfd):
    gateway_server.status = 400
    asks_for_a_code(house)
    run(gateway)
    logged = []
    until(lambda: logged.append(capfd.readouterr().err) or "messages not handed over" in "".join(logged))
    assert PHONE not in "".join(logged)


def test_at_the_end_it_is_told_how_many_refusals_were_only_counted(house, run):
    for _ in range(3):
        with pytest.raises(RefusedError):
            house.begin_with("a password", "nobody")
    running = run()
    running.stop()
    told = [one.detail for one in house.inventory.history() if one.event == "first factor refused"]
    assert told == [{"user": None}, {"times": 2, "user": None}]
