"""The shapes in which a secret could lie about: what to look for in memory and in flash."""

from collections.abc import Iterable

from dsc.crypto import kdf, seal

BLOCK = 64  # bytes of SHA-256's block, which a key fills with zeros before it is masked
INNER, OUTER = 0x36, 0x5C  # RFC 2104 section 2
PART = 16  # bytes: half a key is a find as well


def of_digits(digits: bytes) -> dict[str, bytes]:
    """A PIN of ASCII digits as text, values, packed or plain number, forwards and backwards, and as HMAC's key."""
    values = bytes(digit - 0x30 for digit in digits)
    packed = bytes.fromhex(digits.decode() if len(digits) % 2 == 0 else digits.decode() + "f")
    number = int(digits)
    size = (number.bit_length() + 7) // 8
    return {
        "text": digits,
        "text backwards": digits[::-1],
        "digit values": values,
        "digit values backwards": values[::-1],
        "packed digits": packed,
        "packed digits backwards": packed[::-1],
        "number": number.to_bytes(size, "big"),
        "number backwards": number.to_bytes(size, "little"),
        "hexadecimal": digits.hex().encode(),
        "beginning": digits[: max(4, len(digits) - 2)],
        "beginning in digit values": values[: max(4, len(digits) - 2)],
        **_masked(digits),
    }


def of_key(key: bytes) -> dict[str, bytes]:
    """A key of at least 32 bytes: either half of it, plain, backwards, in hexadecimal, and as HMAC's key."""
    forms = _masked(key)
    for name, part in (("first half", key[:PART]), ("second half", key[-PART:])):
        forms[name] = part
        forms[f"{name} backwards"] = part[::-1]
        forms[f"{name} in hexadecimal"] = part.hex().encode()
    return forms


def of_all(secrets: dict[str, bytes], digits: Iterable[str] = ("PIN", "shifted PIN")) -> dict[str, bytes]:
    """All forms of all secrets, each called "secret: form"; `digits` names those that are ASCII digits."""
    return {
        f"{name}: {form}": pattern
        for name, secret in secrets.items()
        for form, pattern in (of_digits if name in digits else of_key)(bytes(secret)).items()
    }


def of_token(
    pin: bytes, target: bytes, salt: bytes, rounds: int, device_secret: bytes, uid: bytes, sealed_dek: bytes
) -> dict[str, bytes]:
    """What comes into being while a PIN opens the vault: name -> secret, from the PIN to the DEK."""
    pin_key = bytes(kdf.pbkdf2_sha256(target, salt, rounds, seal.SECRET_SIZE))
    kek = bytes(seal.key_encryption_key(target, salt, rounds, device_secret, uid))
    dek = bytes(seal.open_dek(sealed_dek, kek))
    return {
        "PIN": pin,
        "shifted PIN": target,
        "stretched PIN": pin_key,
        "KEK's pseudorandom key": bytes(kdf.hkdf_extract(uid, pin_key + device_secret)),
        "KEK": kek,
        "DEK's mask": bytes(a ^ b for a, b in zip(dek, sealed_dek, strict=True)),
        "DEK": dek,
    }


def kinds(found: Iterable[str]) -> set[str]:
    """The secrets whose forms were found."""
    return {name.split(":")[0] for name in found}


def _masked(key: bytes) -> dict[str, bytes]:
    block = key + bytes(BLOCK - len(key))
    return {
        f"HMAC's {name} block": bytes(byte ^ mask for byte in block[:PART])
        for name, mask in (("inner", INNER), ("outer", OUTER))
    }
