import hashlib

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from tegata.pki.keys import PublicKey, SoftwareSigner, UnsuitableKey, builder_key, check_public_key
from tegata.pki.remote_keys import KeyStaysInside, RemoteEllipticCurveKey, RemoteRsaKey
from tests.pki.support import AT, key

P256 = SoftwareSigner.generate_p256()


class Module:
    """A signer like an HSM: it can sign, and has no private key to show."""

    def __init__(self, inside: SoftwareSigner) -> None:
        self._inside = inside

    def public_key(self) -> PublicKey:
        return self._inside.public_key()

    def sign(self, data: bytes) -> bytes:
        return self._inside.sign(data)

    def sign_digest(self, digest: bytes) -> bytes:
        return self._inside.sign_digest(digest)


def verify(public_key: PublicKey, signature: bytes, data: bytes) -> None:
    if isinstance(public_key, rsa.RSAPublicKey):
        public_key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    else:
        public_key.verify(signature, data, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_signing_data_and_signing_its_digest_both_verify(kind: str) -> None:
    signer = key("holder") if kind == "rsa" else P256
    verify(signer.public_key(), signer.sign(b"data"), b"data")
    verify(signer.public_key(), signer.sign_digest(hashlib.sha256(b"data").digest()), b"data")
    with pytest.raises(InvalidSignature):
        verify(signer.public_key(), signer.sign(b"data"), b"other data")


@pytest.mark.parametrize("digest", [b"", b"short", bytes(33)])
def test_a_digest_of_another_length_is_not_signed(digest: bytes) -> None:
    with pytest.raises(ValueError, match="digest"):
        P256.sign_digest(digest)


@pytest.mark.parametrize("password", [None, b"correct horse"])
def test_a_key_comes_back_from_its_file(password: bytes | None) -> None:
    pem = P256.to_pem(password)
    assert (b"ENCRYPTED" in pem) == (password is not None)
    assert SoftwareSigner.from_pem(pem, password).public_key() == P256.public_key()


@pytest.mark.parametrize(
    ("pem", "password"),
    [
        (P256.to_pem(b"right"), b"wrong"),
        (P256.to_pem(b"right"), None),
        (P256.to_pem(None), b"needless"),
        (P256.to_pem(None)[:60], None),
        (b"", None),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", None),
    ],
)
def test_a_broken_file_or_a_wrong_password_is_one_clear_error(pem: bytes, password: bytes | None) -> None:
    with pytest.raises(UnsuitableKey):
        SoftwareSigner.from_pem(pem, password)


def test_other_kinds_and_sizes_of_key_are_refused() -> None:
    other = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(UnsuitableKey, match="Ed25519"):
        SoftwareSigner.from_pem(other)
    with pytest.raises(UnsuitableKey):
        SoftwareSigner(ec.generate_private_key(ec.SECP384R1()))
    with pytest.raises(UnsuitableKey):
        check_public_key(rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key())


@pytest.mark.parametrize(("inside", "kind"), [(P256, RemoteEllipticCurveKey), (key("holder"), RemoteRsaKey)])
def test_a_builder_signs_with_a_key_that_stays_in_its_module(inside: SoftwareSigner, kind: type) -> None:
    remote = builder_key(Module(inside))
    assert isinstance(remote, kind)
    name = x509.Name([])
    certificate = (
        x509.CertificateBuilder(name, name, inside.public_key(), 1, AT, AT.replace(year=2030))
        .sign(remote, hashes.SHA256())
    )  # fmt: skip
    verify(inside.public_key(), certificate.signature, certificate.tbs_certificate_bytes)


@pytest.mark.parametrize("inside", [P256, key("holder")])
def test_a_key_in_a_module_is_never_shown_and_signs_only_sha256(inside: SoftwareSigner) -> None:
    remote = builder_key(Module(inside))
    assert remote.key_size == inside.private_key.key_size
    for forbidden in (
        remote.private_numbers,
        remote.private_bytes,
        getattr(remote, "decrypt", None),
        getattr(remote, "exchange", None),
    ):
        if forbidden is not None:
            with pytest.raises(KeyStaysInside):
                forbidden()
    name = x509.Name([])
    builder = x509.CertificateBuilder(name, name, inside.public_key(), 1, AT, AT.replace(year=2030))
    with pytest.raises(KeyStaysInside, match="SHA-256"):
        builder.sign(remote, hashes.SHA384())


def test_a_software_key_is_used_as_it_is() -> None:
    assert builder_key(P256) is P256.private_key
