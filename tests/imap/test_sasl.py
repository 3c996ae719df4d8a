"""Mechanisms by the examples of their standards, and what a false server gets."""

import base64
import hashlib
import hmac

import pytest

from yizhan.base.secret import Secret
from yizhan.imap.errors import LocalProtocolError, RemoteProtocolError
from yizhan.imap.sasl import Login, OAuthBearer, Plain, ScramSha256, XOAuth2, decode, saslprep

# RFC 7677 §3
NONCE = "rOprNGfwEbeRWgbNEkqO"
SERVER_FIRST = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
CLIENT_FINAL = (
    b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
)
SERVER_FINAL = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def scram() -> ScramSha256:
    return ScramSha256("user", Secret("pencil"), NONCE)


def test_scram_says_what_the_standards_example_says() -> None:
    mechanism = scram()
    assert mechanism.first() == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert mechanism.respond(SERVER_FIRST) == CLIENT_FINAL
    assert mechanism.respond(SERVER_FINAL) == b""
    mechanism.finish()


def test_a_server_that_does_not_know_the_secret_is_found_out() -> None:
    mechanism = scram()
    mechanism.respond(SERVER_FIRST)
    with pytest.raises(RemoteProtocolError):
        mechanism.respond(b"v=" + base64.b64encode(b"x" * 32))


def test_a_server_that_lets_us_in_without_its_signature_is_found_out() -> None:
    mechanism = scram()
    mechanism.respond(SERVER_FIRST)
    with pytest.raises(RemoteProtocolError):
        mechanism.finish()


@pytest.mark.parametrize(
    "challenge",
    [
        SERVER_FIRST.replace(b"rOprNGfwEbeRWgbNEkqO", b"somebodyelsesnonce00"),
        b"r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        SERVER_FIRST.replace(b"4096", b"1"),
        SERVER_FIRST.replace(b"4096", b"999999999"),
        SERVER_FIRST.replace(b"i=4096", b"i=x"),
        b"e=other-error",
        b"",
    ],
)
def test_a_first_message_that_weakens_or_burdens_us_is_refused(challenge: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        scram().respond(challenge)


def test_names_are_escaped_where_the_mechanism_has_signs_of_its_own() -> None:
    assert ScramSha256("a,b=c", Secret("x"), "n").first() == b"n,,n=a=2Cb=3Dc,r=n"
    assert OAuthBearer("a,b=c", Secret("t")).first() == b"n,a=a=2Cb=3Dc,\x01auth=Bearer t\x01\x01"


def test_a_secret_in_another_script_is_prepared() -> None:
    """The full-width letters that an input method leaves are the plain ones (RFC 4013 §2.2)."""
    mechanism = ScramSha256("user", Secret("ｐｅｎｃｉｌ"), NONCE)
    assert mechanism.respond(SERVER_FIRST) == CLIENT_FINAL


@pytest.mark.parametrize(
    ("given", "prepared"),
    [("I\u00adX", "IX"), ("user", "user"), ("USER", "USER"), ("\u00aa", "a"), ("\u2168", "IX"), ("a\u00a0b", "a b")],
)
def test_saslprep_gives_what_the_standards_examples_give(given: str, prepared: str) -> None:
    assert saslprep(given) == prepared


@pytest.mark.parametrize("given", ["\u0007", "\u06271", "a\u0627"])
def test_saslprep_refuses_what_the_standards_examples_refuse(given: str) -> None:
    with pytest.raises(LocalProtocolError):
        saslprep(given)


def test_plain_and_login_say_name_and_secret() -> None:
    assert Plain("я", Secret("密")).first() == b"\0" + "я".encode() + b"\0" + "密".encode()
    login = Login("me", Secret("s"))
    assert (login.first(), login.respond(b"User Name"), login.respond(b"Password")) == (None, b"me", b"s")
    with pytest.raises(RemoteProtocolError):
        login.respond(b"Again")


@pytest.mark.parametrize(("mechanism", "end"), [(XOAuth2, b""), (OAuthBearer, b"\x01")])
def test_an_error_of_a_token_is_kept_and_answered_once(mechanism: type[XOAuth2], end: bytes) -> None:
    made = mechanism("me", Secret("t"))
    assert made.respond(b'{"status":"401"}') == end
    assert made.challenge == b'{"status":"401"}'
    with pytest.raises(RemoteProtocolError):
        made.respond(b"again")


@pytest.mark.parametrize("bad", ["a\0b", "a\x01b"])
def test_a_credential_that_could_say_more_than_itself_is_refused(bad: str) -> None:
    with pytest.raises(LocalProtocolError):
        XOAuth2("me", Secret(bad))


@pytest.mark.parametrize("wire", [b"!", b"abc", b"x" * 100_000])
def test_a_challenge_that_is_no_base64_or_too_long_is_refused(wire: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        decode(wire)


def test_the_proof_is_what_a_server_computes() -> None:
    """Not from the example: the server's side done here by RFC 5802 §3."""
    mechanism = ScramSha256("пользователь", Secret("пароль"), "abc")
    challenge = b"r=abcdef,s=" + base64.b64encode(b"salt") + b",i=5000"
    final = mechanism.respond(challenge)
    salted = hashlib.pbkdf2_hmac("sha256", "пароль".encode(), b"salt", 5000)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    signed = b"n=%b,r=abc,%b,%b" % ("пользователь".encode(), challenge, final.rsplit(b",p=", 1)[0])
    signature = hmac.digest(hashlib.sha256(client_key).digest(), signed, "sha256")
    proof = base64.b64decode(final.rsplit(b",p=", 1)[1])
    assert bytes(a ^ b for a, b in zip(proof, signature, strict=True)) == client_key
