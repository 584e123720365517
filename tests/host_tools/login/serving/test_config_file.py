"""The config file is read whole, or refused with the key that is wrong and what it may be."""

import re
import socket

import pytest

from fakes.certificates import certified
from host_tools.login.serving import config_file
from host_tools.login.serving.errors import AddressInUseError, ConfigError, ConfigFileError, WritableFileError
from host_tools.login.serving.listening import listening
from host_tools.login.serving.settings import Settings


@pytest.fixture
def read(tmp_path):
    """Reads a config file with this text."""

    def read(text):
        file = tmp_path / "login.toml"
        file.write_text(text, encoding="utf-8")
        return config_file.read(file)

    return read


def test_the_default_file_changes_nothing_neither_behind_its_comments_nor_without(read):
    text = config_file.default_text()
    assert read(text) == Settings()
    assert read(re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE)) == Settings()


def test_paths_are_relative_to_the_file(read, tmp_path):
    (tmp_path / "policy.toml").touch()
    assert read('[login]\npolicy = "policy.toml"\n').policy == tmp_path / "policy.toml"


@pytest.mark.parametrize(
    ("text", "key", "allowed"),
    [
        ("[sever]\nport = 1\n", "sever", "there are the sections server, inventory"),
        ("port = 1\n", "port", "there are the sections"),
        ("[server]\nports = 1\n", "server.ports", "in [server] there are host, port"),
        ("[server]\nport = 65536\n", "server.port", "a whole number, 0 to 65535"),
        ("[server]\nworkers = true\n", "server.workers", "a whole number, 1 to 64"),
        ("[server]\nworkers = 0\n", "server.workers", "1 to 64"),
        ('[server]\nbehind_proxy = "yes"\n', "server.behind_proxy", "true or false"),
        ('[server]\ntrusted_proxies = ["10.0.0.1/8"]\n', "server.trusted_proxies", "a list of networks"),
        ("[server]\nhost = 1\n", "server.host", "a text"),
        ('[server]\nhost = "0.0.0.0"\n', "server.host", "passwords would go out in clear"),
        ("[server]\nbehind_proxy = true\n", "server.trusted_proxies", "the proxy's networks"),
        ('[server]\ntrusted_proxies = ["10.0.0.0/8"]\n', "server.trusted_proxies", "none without"),
        ('[server]\ntls_key = "key"\n', "server.tls_key", "can't read"),
        ('[inventory]\npassphrase_file = "no"\n', "inventory.passphrase_file", "no such file"),
        ('[login]\npolicy = "no"\n', "login.policy", "no such file"),
        ('[monitoring]\nlog_level = "loud"\n', "monitoring.log_level", "one of debug, info, warning, error"),
        ('[sms]\nurl = "http://example.org"\n', "sms.url", "https"),
        ("[sms]\nbody = {to = 1}\n", "sms.body", "a table of texts"),
    ],
)
def test_what_can_not_be_is_refused_with_its_key_and_what_can(read, text, key, allowed):
    with pytest.raises(ConfigError) as refused:
        read(text)
    assert refused.value.key == key
    assert allowed in str(refused.value)
    assert "login.toml" in str(refused.value)


@pytest.mark.parametrize("text", ["[server\n", "[server]\nport = 1\nport = 2\n"])
def test_what_is_no_toml_is_said_with_its_place(read, text):
    with pytest.raises(ConfigFileError, match=r"this is not TOML: .*line"):
        read(text)


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(ConfigFileError, match="no such file"):
        config_file.read(tmp_path / "none.toml")


def test_a_secret_that_others_can_read_is_refused(read, tmp_path):
    for section, name in (("inventory", "passphrase_file"), ("sms", "token_file")):
        secret = tmp_path / name
        secret.write_text("s3cret")
        secret.chmod(0o644)
        with pytest.raises(ConfigError, match="is open to other users") as refused:
            read(f'[{section}]\n{name} = "{name}"\n')
        assert "s3cret" not in str(refused.value)
        secret.chmod(0o600)
        read(f'[{section}]\n{name} = "{name}"\n')


def test_another_address_than_this_machine_s_takes_tls_with_a_key_that_fits(read, tmp_path):
    made, other = certified(tmp_path, "one"), certified(tmp_path, "two")
    text = '[server]\nhost = "0.0.0.0"\ntls_certificate = "one.pem"\ntls_key = "{}.key"\n'
    with pytest.raises(ConfigError, match="is open to other users"):
        read(text.format("one"))
    made.key.chmod(0o600)
    other.key.chmod(0o600)
    assert read(text.format("one")).has_tls
    with pytest.raises(ConfigError, match="a PEM certificate, and its key"):
        read(text.format("two"))


def test_an_address_that_is_taken_is_said():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(AddressInUseError) as refused:
        listening("127.0.0.1", taken.getsockname()[1])
    assert refused.value.reason == "address already in use"


def test_connections_do_not_wait_for_acknowledgements():
    with listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        taken, _ = listener.accept()
        with taken:
            assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_a_config_that_others_can_change_is_refused(read, tmp_path):
    tmp_path.chmod(0o777)
    with pytest.raises(WritableFileError, match=r"login\.toml: other users can change it .*chmod go-w"):
        read("[server]\nport = 1\n")
