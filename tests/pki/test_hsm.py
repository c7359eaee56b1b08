"""An authority whose key lives in a token: SoftHSM2 stands in for the hardware."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tegata.pki.authority import Authority
from tegata.pki.crl import RevokedEntries, verify_crl, write_crl
from tegata.pki.hsm import ModuleRefused, Token
from tegata.pki.validation import ByCrl, Trust, Validator
from tests.fixtures.programs import need_program
from tests.pki.support import AT, CHIYODA, LATER, TARO, URLS, key

LIBRARY = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "4821"


@pytest.fixture(scope="module")
def label(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A fresh token's label. The library reads its configuration once a process, so the tests share the token."""
    tool = need_program(shutil.which("softhsm2-util"), package="softhsm2")
    need_program(LIBRARY if Path(LIBRARY).exists() else None, package="softhsm2")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(configuration))
        command = [tool, "--init-token", "--free", "--label", "tegata", "--pin", PIN, "--so-pin", "93715"]
        subprocess.run(command, check=True, capture_output=True)
        yield "tegata"


@pytest.fixture
def token(label: str) -> Iterator[Token]:
    with Token.open(LIBRARY, label, PIN) as opened:
        yield opened


def test_an_authority_in_a_token_issues_what_others_validate(token: Token) -> None:
    signer = token.generate("sign root")
    root = Authority.create("sign", signer, at=AT, urls=URLS)
    certificate = root.issue_sign(7, key("holder").public_key(), TARO, CHIYODA, AT, AT.replace(year=2028), "x")
    data = write_crl(root, RevokedEntries.empty(), number=1, this_update=AT, next_update=AT.replace(year=2024))
    crl = verify_crl(data, [root.certificate], at=LATER)
    validator = Validator(Trust([root.certificate]))
    assert validator.validate(certificate, usage="sign", at=LATER, revocation=ByCrl(crl)).revocation_checked


def test_a_key_is_found_again_and_signs_data_and_digests(token: Token) -> None:
    first = token.generate("found again")
    again = token.signer("found again")
    public = again.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    assert public == first.public_key()
    assert again.sign(b"data") == first.sign_digest(hashlib.sha256(b"data").digest())
    public.verify(again.sign(b"data"), b"data", padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(ValueError, match="32 bytes"):
        again.sign_digest(b"short")


def test_threads_share_one_session(token: Token) -> None:
    signer = token.generate("threads")
    public = signer.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    messages = [str(number).encode() for number in range(40)]
    with ThreadPoolExecutor(4) as pool:
        for message, signature in zip(messages, pool.map(signer.sign, messages), strict=True):
            public.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())


def test_the_private_key_can_not_be_taken_out(token: Token) -> None:
    signer = token.generate("stays inside")
    with pytest.raises(pkcs11.PKCS11Error):
        signer._private[pkcs11.Attribute.PRIVATE_EXPONENT]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"pin": "0000"}, "wrong-pin"),
        ({"pin": ""}, "wrong-pin"),
        ({"label": "elsewhere"}, "no-module"),
        ({"module": "/nonexistent.so"}, "no-module"),
    ],
)
def test_what_is_wrong_with_the_module_is_said(label: str, changed: dict[str, str], code: str) -> None:
    with pytest.raises(ModuleRefused) as caught:
        Token.open(**{"module": LIBRARY, "label": label, "pin": PIN} | changed)
    assert caught.value.code == code
    assert all(caught.value.advice)


def test_a_key_that_is_not_there_is_said(token: Token) -> None:
    with pytest.raises(ModuleRefused, match="no-key"):
        token.signer("no such key")


def test_a_label_is_not_used_twice(token: Token) -> None:
    token.generate("once")
    with pytest.raises(ModuleRefused, match="key-exists"):
        token.generate("once")
