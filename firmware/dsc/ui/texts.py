"""Every string the token shows, in one table."""

PIN_PROMPT = "PIN>"
CHALLENGE_PROMPT = "CHALLNG>"

ENGLISH = {
    "pin.legend": "A About    *C    #OK",
    "pin.legend-typing": "           *C    #OK",
    "pin.length": "PIN has {} digits",
    "pin.development": "DEV",
    "wait": "One moment",
    "challenge.legend": "*C (hold: stop)  #OK",
    "challenge.empty": "Type the challenge",
    "challenge.full": "It has {} digits",
    "challenge.short": "{} of {} digits. OK?",
    "challenge.position": "{}/{}",
    "response.legend": "#OK turns off",
    "choose.title": "Which login?",
    "choose.legend": "A up  B down  #OK",
    "about.title": "About this token",
    "about.version": "picodsc {}",
    "about.serial": "Serial {}",
    "about.board": "Board {} {}",
    "about.selftest": "Self-test passed",
    "about.free": "Vault free {} KiB",
    "about.rounds": "PIN rounds {}",
    "about.development": "DEVELOPMENT {} r.",
    "factory.title": "FACTORY",
    "factory.blank": "Not provisioned yet",
    "factory.unfinished": "Making it broke off",
    "factory.serial": "{}",
    "factory.version": "picodsc {}",
    "factory.connect": "Connect the station",
    "factory.busy": "Station connected",
    "factory.sealed": "Sealed",
    "factory.entropy": "Random source broken",
    "halt.title": "HALTED",
    "halt.selftest": "Self-test failed:",
    "halt.vault-damaged": "The vault can't be read. Nothing was changed.",
    "halt.vault-worn": "The flash is worn. Have the token replaced.",
    "halt.vault-newer": "The vault is from newer firmware. Nothing was changed.",
    "halt.legend": "#OK restarts",
    "error.title": "ERROR",
    "error.stopped": "The token stopped and cleared its memory.",
    "error.restarted": "The token restarted and cleared its memory.",
    "error.vault-full": "The vault is full. Have the token replaced.",
    "error.suite": "This login can't be used here:",
    "cause.fault": "Processor fault",
    "cause.escaped": "Unhandled error",
    "cause.hang": "No sign of life",
    "cause.door": "USB stays shut",
}


def text(name: str, *values: object) -> str:
    """The string `name`, with `values` in its braces. Raises KeyError for a name that is not in the table."""
    return ENGLISH[name].format(*values)


def fitted(text: str, columns: int) -> str:
    """`text` if it has at most `columns` characters, else its beginning and an ellipsis."""
    return text if len(text) <= columns else text[: columns - 1] + "…"
