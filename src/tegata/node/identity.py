"""An actor's service identity: one EC P-256 key that signs its client assertions, DPoP proofs and access tokens."""

from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.jwk import ECKey

if TYPE_CHECKING:
    from tegata.node.node import Node

# The order of P-256 (SEC 2, section 2.4.2).
P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
STATE_KEY: Final = "service-key"


class ServiceKey:
    """The private key of one actor, with what is asked of it at each request worked out once."""

    def __init__(self, private_key: ec.EllipticCurvePrivateKey) -> None:
        self.key = ECKey.import_key(private_key)
        self.public_jwk: dict[str, Any] = dict(self.key.as_dict(private=False))
        self.thumbprint: str = self.key.thumbprint()

    @classmethod
    def derive(cls, secret: bytes, actor: str) -> "ServiceKey":
        """The key that belongs to a secret: the same secret and actor give the same key on every start.

        48 bytes are reduced modulo the order, so that the bias is below 2^-128 (FIPS 186-5, appendix A.2.1).
        """
        stretched = HKDF(hashes.SHA256(), 48, salt=None, info=f"tegata service identity {actor}".encode()).derive(
            secret
        )
        scalar = int.from_bytes(stretched) % (P256_ORDER - 1) + 1
        return cls(ec.derive_private_key(scalar, ec.SECP256R1()))

    def jwks(self) -> dict[str, Any]:
        """The public half as a JWK set (RFC 7517 section 5), its ``kid`` the RFC 7638 thumbprint."""
        return {"keys": [{**self.public_jwk, "kid": self.thumbprint, "use": "sig", "alg": "ES256"}]}


def service_key(node: "Node") -> ServiceKey:
    """The service key of a node, derived on first use."""
    key = node.state.get(STATE_KEY)
    if not isinstance(key, ServiceKey):
        key = node.state[STATE_KEY] = ServiceKey.derive(node.secret("service-identity"), node.spec.name)
    return key
