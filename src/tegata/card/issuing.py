"""What the issuer asks of the card once it has proven its key.

[GAP]: the real card's issuing commands are not published. These are our own, in the forms that ISO/IEC 7816-4, 7816-8
and 7816-9 give such commands, so that a municipality's counter does all it does through APDUs. The issuer writes files,
PINs and keys; it can read nothing that a PIN protects.
"""

from hashlib import sha256
from hmac import compare_digest, digest

from cryptography.hazmat.primitives.asymmetric import rsa

from tegata.card import tlv
from tegata.card.apdu import SHORT_LE, Command
from tegata.card.commands import offset_of, selected, write_pin, written
from tegata.card.files import LARGEST_FILE, DataFile, KeyFile, PinFile
from tegata.card.signing import check_key, generate_key, key_der
from tegata.card.state import Machine
from tegata.card.status import Refused, Status, wrong_le

CHALLENGE_SIZE = 16
GENERATE = 0x80
READ_PUBLIC_KEY = 0x81
_LABEL = b"tegata card issuer v1\0"


def issuer_response(issuer_key: bytes, challenge: bytes) -> bytes:
    """What proves the issuer key: HMAC-SHA256 over a label and the card's challenge."""
    return digest(issuer_key, _LABEL + challenge, sha256)


def require_issuer(machine: Machine) -> None:
    """6982 unless the issuer has proven its key since the last reset."""
    if not machine.session.issuer:
        raise Refused(Status.SECURITY_NOT_SATISFIED)


def get_challenge(machine: Machine, command: Command) -> bytes:
    """GET CHALLENGE: 16 fresh bytes, good for one answer."""
    if command.le not in (CHALLENGE_SIZE, SHORT_LE):
        raise Refused(wrong_le(CHALLENGE_SIZE))
    machine.session.challenge = machine.random_bytes(CHALLENGE_SIZE)
    return machine.session.challenge


def external_authenticate(machine: Machine, command: Command) -> bytes:
    """EXTERNAL AUTHENTICATE: the challenge is spent by any answer; a wrong one also ends an issuer's session."""
    challenge, machine.session.challenge = machine.session.challenge, None
    machine.session.issuer = False
    if challenge is None:
        raise Refused(Status.CONDITIONS_NOT_SATISFIED)
    if not compare_digest(command.data, issuer_response(machine.image.issuer_key, challenge)):
        raise Refused(Status.NOT_AUTHENTIC)
    machine.session.issuer = True
    return b""


def generate_key_pair(machine: Machine, command: Command) -> bytes:
    """GENERATE ASYMMETRIC KEY PAIR (P1 80) in the selected key file, or read its public key again (P1 81)."""
    if command.p1 not in (GENERATE, READ_PUBLIC_KEY) or command.p2:
        raise Refused(Status.WRONG_PARAMETERS)
    file = selected(machine, KeyFile)
    require_issuer(machine)
    if command.p1 == GENERATE:
        machine.put_key(file, key_der(generate_key()))
    return public_key_object(machine.private_key(written(machine, KeyFile)).public_key())


def public_key_object(key: rsa.RSAPublicKey) -> bytes:
    """7F49 {81 modulus, 82 exponent} (ISO/IEC 7816-8, table 3)."""
    numbers = key.public_numbers()
    modulus = tlv.encode(0x81, numbers.n.to_bytes(key.key_size // 8))
    return tlv.encode(0x7F49, modulus + tlv.encode(0x82, numbers.e.to_bytes(3)))


def put_key(machine: Machine, command: Command) -> bytes:
    """PUT KEY: a private key (PKCS#1 DER, RSA-2048, e = 65537) into the selected key file."""
    file = selected(machine, KeyFile)
    require_issuer(machine)
    check_key(command.data)
    machine.put_key(file, command.data)
    return b""


def update_binary(machine: Machine, command: Command) -> bytes:
    """UPDATE BINARY: write into the selected file, which grows without gaps (6B00) up to 32767 bytes (6A84)."""
    offset, file = offset_of(command), selected(machine, DataFile)
    require_issuer(machine)
    if not command.data:
        raise Refused(Status.WRONG_LENGTH)
    content = machine.image.data.get(file.key, b"")
    if offset > len(content):
        raise Refused(Status.PAST_THE_END)
    end = offset + len(command.data)
    if end > LARGEST_FILE:
        raise Refused(Status.NO_SPACE)
    machine.image.data[file.key] = content[:offset] + command.data + content[end:]
    return b""


def erase_binary(machine: Machine, command: Command) -> bytes:
    """ERASE BINARY: the selected file from the offset on; from 0, the file is not found any more."""
    offset, file = offset_of(command), selected(machine, DataFile)
    require_issuer(machine)
    kept = machine.image.data.pop(file.key, b"")[:offset]
    if kept:
        machine.image.data[file.key] = kept
    return b""


def reset_retry_counter(machine: Machine, command: Command) -> bytes:
    """RESET RETRY COUNTER with the new PIN only (P1 02): set the selected PIN first, or again when it is blocked."""
    file = selected(machine, PinFile)
    require_issuer(machine)
    write_pin(machine, file, command.data)
    machine.session.proven.discard(file.key)
    return b""
