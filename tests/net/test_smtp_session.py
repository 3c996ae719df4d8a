"""SMTP up to the message: what is said, what is never said, and what is understood."""

import asyncio
import base64

import pytest

from tests.net.submitting import MESSAGE, Mark, hand_in, session_with
from tests.support.certificates import Authority
from tests.support.faulty import SMTP_EXTENSIONS, Line, Script, dripping, garbage, saying, serving, smtp
from yizhan.base.secret import Secret
from yizhan.imap.errors import RemoteProtocolError
from yizhan.net.envelopes import AddressUnusable, EightBitRefused, InternationalRefused, MessageTooLarge
from yizhan.net.errors import DeadlineMissed, InjectedPlaintext, LineLost
from yizhan.net.smtp import MechanismUnavailable, NobodyAccepted, SmtpRefused, SmtpSession
from yizhan.net.tls import client_context
from yizhan.net.transcripts import Transcript

WORD = "pa ss\\word"


# Saying hello.


async def test_the_machine_s_own_name_is_not_told() -> None:
    with serving(smtp()) as server:
        async with session_with(server):
            pass
        assert server.heard == b"EHLO [127.0.0.1]\r\n"


async def test_what_the_server_can_do_is_read_in_every_old_spelling() -> None:
    extensions = ("AUTH=LOGIN", "auth PLAIN XOAUTH2", "SIZE 1000", "8bitmime", "")
    with serving(smtp(extensions=extensions)) as server:
        async with session_with(server) as session:
            found = session.extensions
    assert (found["AUTH"].split(), found["SIZE"], "8BITMIME" in found) == (["LOGIN", "PLAIN", "XOAUTH2"], "1000", True)


@pytest.mark.parametrize("code", [500, 501, 502, 504, 550])
async def test_a_server_that_knows_no_ehlo_gets_helo(code: int) -> None:
    with serving(smtp({"EHLO": f"{code} what?"})) as server:
        async with session_with(server) as session:
            assert session.extensions == {}
        assert server.heard == b"EHLO [127.0.0.1]\r\nHELO [127.0.0.1]\r\n"


@pytest.mark.parametrize(
    ("greeting", "code"), [("554 5.7.1 go away", 554), ("421 too many", 421), ("220-hi\r\n554 no", 554)]
)
async def test_a_refusal_to_begin_with_has_its_code_and_words(greeting: str, code: int) -> None:
    with serving(smtp(greeting=greeting)) as server, pytest.raises(SmtpRefused) as refused:
        await hand_in(server)
    assert (refused.value.stage, refused.value.reply_code) == ("greeting", code)


@pytest.mark.parametrize(
    "script",
    [
        saying("* OK IMAP4rev1 ready"),
        saying("22x hello"),
        saying(*["220-again"] * 300),
        saying("220 " + "x" * 10_000),
        garbage(100 << 20),
    ],
)
async def test_what_is_no_reply_ends_the_session(script: Script) -> None:
    with serving(script) as server, pytest.raises(RemoteProtocolError):
        await hand_in(server)


async def test_one_byte_at_a_time_is_understood() -> None:
    with serving(dripping(smtp())) as server:
        assert (await hand_in(server)).count == 1


async def test_silence_has_a_deadline() -> None:
    with serving(saying()) as server, pytest.raises(DeadlineMissed):
        async with session_with(server, seconds=0.3):
            pass


# Encryption.


async def test_after_starttls_nothing_said_before_is_believed(authority: Authority) -> None:
    with serving(smtp(certificate=authority.good)) as server:
        async with session_with(server) as session:
            await session.starttls(client_context(authority.ca_pem), "127.0.0.1")
            assert session.extensions == {}
            await session.ehlo()
            await session.login("li", Secret(WORD))
            assert "AUTH" in session.extensions


async def test_a_reply_slipped_in_before_starttls_is_an_interception(authority: Authority) -> None:
    with serving(smtp(certificate=authority.good, injected="250 fooled\r\n")) as server:
        async with session_with(server) as session:
            with pytest.raises(InjectedPlaintext):
                await session.starttls(client_context(authority.ca_pem), "127.0.0.1")


# Signing in.


def _b64(text: str) -> bytes:
    return base64.b64encode(text.encode())


@pytest.mark.parametrize(
    ("offered", "token", "said"),
    [
        ("PLAIN LOGIN", False, [b"AUTH PLAIN " + _b64(f"\0лі\0{WORD}")]),
        ("CRAM-MD5 LOGIN", False, [b"AUTH LOGIN", _b64("лі"), _b64(WORD)]),
        ("PLAIN XOAUTH2", True, [b"AUTH XOAUTH2 " + _b64(f"user=лі\1auth=Bearer {WORD}\1\1")]),
        (
            "XOAUTH2 OAUTHBEARER",
            True,
            [b"AUTH OAUTHBEARER " + _b64(f"n,a=лі,\1host=mail.example.test\1auth=Bearer {WORD}\1\1")],
        ),
    ],
)
async def test_the_best_mechanism_that_is_offered_is_used(offered: str, token: bool, said: list[bytes]) -> None:
    with serving(smtp(extensions=(f"AUTH {offered}",))) as server:
        async with session_with(server) as session:
            await _sign_in(session, token, "лі")
        assert server.heard.splitlines()[1:] == said


async def _sign_in(session: SmtpSession, token: bool, user: str = "li") -> None:
    if token:
        await session.login_with_token(user, Secret(WORD), "mail.example.test")
    else:
        await session.login(user, Secret(WORD))


@pytest.mark.parametrize("token", [False, True])
@pytest.mark.parametrize("extensions", [(), ("AUTH CRAM-MD5 GSSAPI",), ("AUTH",)])
async def test_without_a_mechanism_no_secret_is_sent(extensions: tuple[str, ...], token: bool) -> None:
    with serving(smtp(extensions=extensions)) as server:
        async with session_with(server) as session:
            with pytest.raises(MechanismUnavailable):
                await _sign_in(session, token)
        assert server.heard == b"EHLO [127.0.0.1]\r\n"


@pytest.mark.parametrize(("mechanism", "answer"), [("XOAUTH2", b""), ("OAUTHBEARER", b"AQ==")])
async def test_an_oauth_refusal_has_the_words_of_its_challenge(mechanism: str, answer: bytes) -> None:
    challenge = base64.b64encode(b'{"status":"400","scope":"mail"}').decode()

    async def script(line: Line) -> None:
        await line.say("220 hi")
        await line.hear()
        await line.say("250-hi", f"250 AUTH {mechanism}")
        await line.hear()
        await line.say(f"334 {challenge}")
        assert await line.hear() == answer.decode()
        await line.say("535 5.7.8 not accepted")
        await line.hear()

    with serving(script) as server:
        async with session_with(server) as session:
            with pytest.raises(SmtpRefused) as refused:
                await _sign_in(session, token=True)
    assert refused.value.text == b'5.7.8 not accepted {"status":"400","scope":"mail"}'


async def test_a_server_that_repeats_the_secret_does_not_get_it_into_the_refusal() -> None:
    with serving(smtp({"AUTH": f"535 wrong: {WORD} {{line}}"})) as server:
        async with session_with(server) as session:
            with pytest.raises(SmtpRefused) as refused:
                await session.login("li", Secret(WORD))
    assert refused.value.text == b"wrong: ****** AUTH PLAIN ******"


# The envelope.


@pytest.mark.parametrize("extensions", [SMTP_EXTENSIONS, SMTP_EXTENSIONS[1:]], ids=["at once", "one by one"])
async def test_recipients_are_accepted_and_refused_one_by_one(extensions: tuple[str, ...]) -> None:
    mark = Mark()
    with serving(_picky(extensions)) as server:
        async with session_with(server) as session:
            result = await session.send("li@example.test", ["good@a.test", "bad@a.test", "slow@a.test"], MESSAGE, mark)
    assert (result.accepted, result.refused) == (
        ("good@a.test",),
        {"bad@a.test": "5.1.1 nobody", "slow@a.test": "later"},
    )
    assert {who: no.is_transient for who, no in result.refusals.items()} == {"bad@a.test": False, "slow@a.test": True}
    assert mark.count == 1


def _picky(extensions: tuple[str, ...]) -> Script:
    verdicts = {"bad": "550 5.1.1 nobody", "slow": "450 later"}

    async def script(line: Line) -> None:
        await line.say("220 hi")
        await line.hear()
        await line.say("250-hi", *(f"250-{each}" for each in extensions), "250 HELP")
        for _ in range(4):
            said = await line.hear()
            await line.say(next((verdict for who, verdict in verdicts.items() if f"<{who}" in said), "250 ok"))
        await line.hear()
        await line.say("354 go")
        while await line.hear() != ".":
            pass
        await line.say("250 taken")
        await line.hear()

    return script


async def test_the_envelope_goes_at_once_only_where_the_server_can() -> None:
    heard = []

    async def script(line: Line) -> None:
        await line.say("220 hi")
        await line.hear()
        await line.say("250-hi", "250 PIPELINING")
        await asyncio.sleep(0.2)
        heard.extend([await line.hear() for _ in range(4)])  # without an answer in between
        await line.say("250 ok", "550 no", "550 no", "503 nobody")
        await line.hear()

    with serving(script) as server, pytest.raises(SmtpRefused):
        await hand_in(server, MESSAGE, "a@example.test", "b@example.test")
    envelope = ["MAIL FROM:<li@example.test>", "RCPT TO:<a@example.test>", "RCPT TO:<b@example.test>", "DATA"]
    assert heard == envelope


async def test_a_server_that_waits_for_a_message_to_nobody_gets_none() -> None:
    async def script(line: Line) -> None:
        await line.say("220 hi")
        await line.hear()
        await line.say("250-hi", "250 PIPELINING")
        await line.hear()
        await line.say("250 ok", "550 no", "354 go on")
        await line.reader.read()

    mark = Mark()
    with serving(script) as server:
        async with session_with(server) as session:
            with pytest.raises(NobodyAccepted) as refused:
                await session.send("li@example.test", ["a@example.test"], MESSAGE, mark)
            with pytest.raises(LineLost):
                await session.reset()
        assert server.heard.count(b"hello") == 0
    assert (list(refused.value.refusals), mark.count) == (["a@example.test"], 0)


async def test_hundreds_of_recipients_fit_the_pipe() -> None:
    with serving(smtp()) as server:
        people = [f"person{number}@example.test" for number in range(450)]
        assert (await hand_in(server, MESSAGE, *people)).count == 1
        assert server.heard.count(b"RCPT TO:") == 450


@pytest.mark.parametrize(
    ("answers", "stage", "code"),
    [
        ({"MAIL": "553 5.7.1 not yours"}, "mail-from", 553),
        ({"RCPT": "550 5.1.1 nobody"}, "rcpt-to", 550),
        ({"RCPT": "421 shutting down"}, "rcpt-to", 421),
        ({"DATA": "451 not now"}, "data", 451),
        ({".": "554 5.6.0 spam"}, "data", 554),
        ({".": "452 4.2.2 full"}, "data", 452),
    ],
)
async def test_a_refusal_names_its_step(answers: dict[str, str], stage: str, code: int) -> None:
    with serving(smtp(answers)) as server, pytest.raises(SmtpRefused) as refused:
        await hand_in(server)
    assert (refused.value.stage, refused.value.reply_code) == (stage, code)


async def test_after_a_refusal_the_session_may_be_used_again() -> None:
    mark = Mark()
    with serving(smtp({"MAIL": "553 no"})) as server:
        async with session_with(server) as session:
            with pytest.raises(SmtpRefused):
                await session.send("li@example.test", ["a@example.test"], MESSAGE, mark)
            await session.reset()
            await session.quit()
        assert server.heard.endswith(b"RSET\r\nQUIT\r\n")
    assert mark.count == 0


@pytest.mark.parametrize(
    ("extensions", "raw", "sender", "parameters"),
    [
        (("SIZE 1000",), MESSAGE, "li@example.test", b" SIZE=25"),
        ((), MESSAGE, "li@example.test", b""),
        (("8BITMIME",), MESSAGE + "жду\r\n".encode(), "li@example.test", b" BODY=8BITMIME"),
        (
            ("8BITMIME", "SMTPUTF8"),
            "Subject: 你好\r\n\r\nhi\r\n".encode(),
            "li@example.test",
            b" SMTPUTF8 BODY=8BITMIME",
        ),
        (("SMTPUTF8",), MESSAGE, "почта@example.test", b" SMTPUTF8"),
    ],
)
async def test_what_the_message_needs_is_asked_for(
    extensions: tuple[str, ...], raw: bytes, sender: str, parameters: bytes
) -> None:
    with serving(smtp(extensions=extensions)) as server:
        await hand_in(server, raw, sender=sender)
        assert server.heard.splitlines()[1] == f"MAIL FROM:<{sender}>".encode() + parameters


async def test_an_international_domain_needs_nothing_of_the_server() -> None:
    with serving(smtp(extensions=())) as server:
        await hand_in(server, MESSAGE, "ivan@почта.рф")
        assert b"RCPT TO:<ivan@xn--80a1acny.xn--p1ai>\r\n" in server.heard


@pytest.mark.parametrize(
    ("raw", "recipient", "error"),
    [
        (b"x" * 2000, "a@example.test", MessageTooLarge),
        ("\r\nпривет".encode(), "a@example.test", EightBitRefused),
        (b"Subject: \xe4\xbd\xa0\r\n\r\n", "a@example.test", InternationalRefused),
        (MESSAGE, "почта@example.test", InternationalRefused),
        (MESSAGE, "a@example.test>\r\nRCPT TO:<b@example.test", AddressUnusable),
        (MESSAGE, "a@example.test> BODY=8BITMIME <x@y", AddressUnusable),
    ],
)
async def test_what_the_server_cannot_carry_is_refused_before_a_byte_is_sent(
    raw: bytes, recipient: str, error: type[Exception]
) -> None:
    with serving(smtp(extensions=("SIZE 1000",))) as server:
        with pytest.raises(error):
            await hand_in(server, raw, recipient)
        assert server.heard == b"EHLO [127.0.0.1]\r\n"


# Written down.


async def test_a_transcript_shows_the_dialogue_without_the_secret() -> None:
    transcript = Transcript()
    with serving(smtp({"AUTH": f"535 not {WORD}"}, extensions=("AUTH PLAIN",))) as server:
        async with session_with(server, transcript=transcript) as session:
            with pytest.raises(SmtpRefused):
                await session.login("li", Secret(WORD))
    assert transcript.text().splitlines() == [
        "S: 220 mail.example.test ESMTP",
        "C: EHLO [127.0.0.1]",
        "S: 250-mail.example.test",
        "S: 250 AUTH PLAIN",
        "C: AUTH PLAIN ******",
        "S: 535 not ******",
    ]
