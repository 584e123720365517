"""The firmware with a HOTP that gives wrong codes, for the self-test to find."""

from simulated import main

from dsc.crypto import otp

otp.hotp = lambda *arguments, **options: "000000"
main.run()
