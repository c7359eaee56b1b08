"""What the counter writes on a card about its holder: texts, signed, and what is printed on the card.

The key that signs text files is the municipality's own, made when it is first needed. [GAP]: whose it is in the world.
"""

from cryptography.hazmat.primitives.asymmetric import rsa

from tegata.actors.municipality.rules.cards import CardFact
from tegata.card import Holder, Personaliser, TextIssuer, write_holder
from tegata.japan.four_attributes import FourAttributes
from tegata.node.card_issuer import security_code
from tegata.node.node import Node
from tegata.pki.keys import SoftwareSigner

KEY = "card texts"


def text_issuer(node: Node) -> TextIssuer:
    """Who signs the text files of cards: the municipality, with a key that never leaves it."""
    return TextIssuer(text_issuer_key(node), _signer(node).sign)


def text_issuer_key(node: Node) -> rsa.RSAPublicKey:
    """The key by which a reader can tell that the municipality signed a card's texts."""
    public_key = _signer(node).public_key()
    assert isinstance(public_key, rsa.RSAPublicKey)
    return public_key


def _signer(node: Node) -> SoftwareSigner:
    return node.signer_store.load_or_create(KEY, SoftwareSigner.generate_rsa)


def write_about_holder(
    node: Node, writing: Personaliser, card: CardFact, attributes: FourAttributes, my_number: str, resident_code: str
) -> None:
    """Write a card's texts and visual files, with its check numbers; again after a change. Raises ``CardFailure``."""
    holder = Holder(
        attributes=attributes, my_number=my_number, resident_code=resident_code, card_number=card.card_id,
        security_code=security_code(node, card.card_id), issued_on=card.issued_on, expires_on=card.expires_on,
    )  # fmt: skip
    write_holder(writing, holder, text_issuer(node))
