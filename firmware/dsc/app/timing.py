"""How long the token waits, in milliseconds; every wait ends in a blank screen."""

PIN_MS = 30_000  # without a key on the PIN screen
CHALLENGE_MS = 60_000  # the user looks for the challenge on the login page
CHOICE_MS = 30_000
ABOUT_MS = 30_000
RESPONSE_MS = 60_000  # time to live of a response on the display
PLAIN_MS = 15_000  # time to live of a plain code: it is read at once, and good for whoever sees it
CONFIRM_MS = 600_000  # the service is asked to confirm a PIN change, by telephone at worst
HALT_MS = 60_000  # a halt screen stays lit
FACTORY_MS = 120_000  # the factory screen stays lit without traffic on the link
REVEAL_MS = 800  # the last PIN digit stays readable
NOTICE_MS = 1_500  # a notice on the hint line
