"""Providers at the command line: matched, discovered, refused where no password is taken."""

from tests.support.home import Home
from tests.support.nameserver import answering


def test_an_address_is_matched_with_all_that_the_form_needs(home: Home) -> None:
    found = home.cli("providers", "match", "Li＠MAIL.ru", "--json").json
    assert (found["provider"], found["source"], found["imap"]) == ("mailru", "catalogue", "imap.mail.ru:993/tls")
    assert found["guide"] == "/guides/mailru"


def test_a_match_is_told_in_the_persons_language(home: Home) -> None:
    home.env["YIZHAN_LANG"] = "zh-hans"
    assert "应用专用密码" in home.cli("providers", "match", "li@mail.ru").out


def test_every_provider_is_listed_and_a_wrong_file_named(home: Home) -> None:
    folder = home.folder / "providers"
    folder.mkdir(parents=True)
    (folder / "broken.toml").write_text('id = "broken"\nserver = 1\n', encoding="utf-8")
    listed = home.cli("providers", "list")
    assert "broken.toml, line" in listed.err
    assert "mailru" in listed.out
    assert len(home.cli("providers", "list", "--json").json) >= 45


def test_outlook_is_refused_plainly_and_nothing_is_sent(home: Home, secret_file: object) -> None:
    with answering({}) as names:
        home.env["YIZHAN_NAMESERVER"] = names.address
        refused = home.cli("accounts", "add", "li@outlook.com", "--secret-file", str(secret_file), "--json")
        assert names.asked == []
    assert (refused.code, refused.json["error"]["code"]) == (1, "oauth_required")
    assert home.cli("accounts", "list", "--json").json == []


def test_what_dns_tells_is_shown_with_the_reason_to_look_at_it(home: Home) -> None:
    records = {
        "_imaps._tcp.firm.test": {"SRV": ["0 0 993 imap.elsewhere.test."]},
        "_submissions._tcp.firm.test": {"SRV": ["0 0 465 smtp.elsewhere.test."]},
    }
    with answering(records) as names:
        home.env["YIZHAN_NAMESERVER"] = names.address
        found = home.cli("providers", "match", "li@firm.test", "--json").json
    assert (found["source"], found["imap"], found["needs_confirmation"]) == ("srv", "imap.elsewhere.test:993/tls", True)
    assert [each["source"] for each in found["tried"]] == ["autoconfig", "ispdb", "mx"]


def test_another_domains_servers_are_not_used_unasked(home: Home, secret_file: object) -> None:
    records = {
        "_imaps._tcp.firm.test": {"SRV": ["0 0 993 imap.elsewhere.test."]},
        "_submissions._tcp.firm.test": {"SRV": ["0 0 465 smtp.elsewhere.test."]},
    }
    with answering(records) as names:
        home.env["YIZHAN_NAMESERVER"] = names.address
        refused = home.cli("accounts", "add", "li@firm.test", "--secret-file", str(secret_file), "--json")
        assert not [name for name in names.asked if name.startswith("imap.elsewhere.test")]
    assert (refused.code, refused.json["error"]["code"]) == (1, "servers_unconfirmed")
    assert "--imap imap.elsewhere.test:993/tls --smtp smtp.elsewhere.test:465/tls" in refused.json["error"]["detail"]
