"""The firmware with a HOTP that gives wrong codes, for the self-test to find."""

from dsc.crypto import otp
from simulated import main

otp.hotp = lambda *arguments, **options: "000000"
main.run()
