"""How long the token waits, in milliseconds; every wait ends in a blank screen."""

PATIENCE_MS = 30_000  # without a key where nothing is looked up, unless the user has set another time
CHALLENGE_MS = 60_000  # the user looks for the challenge on the login page
ABOUT_MS = 30_000
RESPONSE_MS = 60_000  # time to live of a response on the display
PLAIN_MS = 15_000  # time to live of a plain code: it is read at once, and good for whoever sees it
CONFIRM_MS = 600_000  # the service is asked to confirm a PIN change, by telephone at worst
HALT_MS = 60_000  # a halt screen stays lit
FACTORY_MS = 120_000  # the factory screen stays lit without traffic on the link
RESET_HOLD_MS = 3_000  # two keys down, from power-on, for a factory reset
REVEAL_MS = 800  # the last PIN digit stays readable
TAP_MS = 1_000  # after which the same key begins another letter
NOTICE_MS = 1_500  # a notice on the hint line
