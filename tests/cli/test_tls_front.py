"""``tegata export tls-front``: files that HAProxy takes, secrets that only their owner reads."""

import ssl
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography import x509

from tegata.network.tls_front import describe
from tegata.node.clock import NetworkClock
from tegata.node.settings import load_settings
from tegata.wire.problems import Refused
from tests.actors.portal.front import haproxy
from tests.cli.conftest import Run


def test_the_front_is_written_as_haproxy_takes_it(run: Run, data: Path, tmp_path: Path) -> None:
    out = tmp_path / 'a "front" $HOME'
    ran = run("export", "tls-front", "--out", out, "--port", 9443, "--data", data)
    assert ran.code == 0, ran.err
    files = sorted(file.name for file in out.iterdir())
    assert files == [
        "README.md", "auth-roots.pem", "front.secret", "haproxy.cfg", "server-ca.pem", "server.pem", "settings.toml",
    ]  # fmt: skip
    assert all(str(out / file) in ran.out for file in files)
    checked = subprocess.run([haproxy(), "-c", "-f", out / "haproxy.cfg"], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    for file in out.iterdir():
        secret = file.name in {"haproxy.cfg", "front.secret", "server.pem"}
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == (0 if secret else 0o044), file


def test_the_portal_takes_the_settings_and_the_roots_are_its_own(run: Run, data: Path, tmp_path: Path) -> None:
    run("export", "tls-front", "--out", tmp_path / "front", "--data", data)
    told = load_settings(tmp_path / "front" / "settings.toml", {}).actors["portal"]["tls_front"]
    assert told["origin"] == "https://localhost:8443"
    secret = Path(told["secret_file"]).read_text().strip()
    assert len(secret) >= 32
    assert f"set-header Tegata-Front-Secret {secret}\n" in (tmp_path / "front" / "haproxy.cfg").read_text()
    roots = x509.load_pem_x509_certificates((tmp_path / "front" / "auth-roots.pem").read_bytes())
    kept = [x509.load_pem_x509_certificate(file.read_bytes()) for file in sorted((data / "trust").glob("auth-*.pem"))]
    assert roots == kept
    assert roots


def test_the_server_is_of_a_test_authority_that_can_not_be_taken_for_another(
    run: Run, data: Path, tmp_path: Path
) -> None:
    run("export", "tls-front", "--out", tmp_path, "--data", data)
    authority = x509.load_pem_x509_certificate((tmp_path / "server-ca.pem").read_bytes())
    assert "not a public authority" in authority.subject.rfc4514_string()
    (server,) = x509.load_pem_x509_certificates((tmp_path / "server.pem").read_bytes())
    server.verify_directly_issued_by(authority)
    assert server.not_valid_before_utc < NetworkClock(None).now() < server.not_valid_after_utc
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")


def test_written_anew_the_secret_is_another(run: Run, data: Path, tmp_path: Path) -> None:
    run("export", "tls-front", "--out", tmp_path, "--data", data)
    before = (tmp_path / "front.secret").read_text()
    assert run("export", "tls-front", "--out", tmp_path, "--data", data).code == 0
    assert (tmp_path / "front.secret").read_text() != before


@pytest.mark.parametrize(
    "address",
    ["https://a.example", "http://", "ftp://a", "http://a b", "http://a:99999999", "http://a/x", "http://[::1]"],
)
def test_an_address_that_the_front_can_not_use_is_refused(address: str) -> None:
    with pytest.raises(Refused, match="portal-address-not-plain"):
        describe("http://127.0.0.1:8000/portal", port=8443, portal=address)


def test_a_portal_with_tls_of_its_own_is_reached_at_the_address_that_is_named(
    run: Run, data: Path, tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[peers]\nportal = "https://portal.example"\n')
    refused = run("export", "tls-front", "--out", tmp_path / "a", "--data", data, "--settings", file)
    assert (refused.code, "portal-address-not-plain" in refused.err) == (1, True)
    named = ("--portal", "http://10.0.0.7:8105")
    assert run("export", "tls-front", "--out", tmp_path / "b", "--data", data, "--settings", file, *named).code == 0
    written = (tmp_path / "b" / "haproxy.cfg").read_text()
    assert "server portal 10.0.0.7:8105\n" in written
    assert "redirect location https://portal.example/ " in written


def test_a_directory_that_can_not_be_written_is_told(run: Run, data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = run("export", "tls-front", "--out", tmp_path / "file", "--data", data)
    assert ran.code == 1
    assert "Traceback" not in ran.err
