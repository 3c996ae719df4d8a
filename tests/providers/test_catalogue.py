"""Provider files: every one of ours holds, and one with an error is named while the rest works."""

from datetime import date
from pathlib import Path

import pytest

from tests.architecture.tree import REPOSITORY
from tests.providers.files import GOOD
from yizhan.providers.catalogue import guide_words, load_catalogue
from yizhan.providers.data_limits import MAX_FILE_BYTES, MAX_OWN_FILES
from yizhan.providers.entries import LoginForm, Provider, Quirk, SecretKind, read_provider
from yizhan.providers.guides import LIMITS
from yizhan.providers.match import unicode_domain
from yizhan.providers.toml_tables import LANGUAGES, ProviderFileWrong

OURS = load_catalogue()
TABLES = {"names", "match", "servers", "secret"}
GUIDES = {*range(101, 117), *range(201, 208)}


def test_every_file_of_ours_loads() -> None:
    assert OURS.problems == ()
    assert len(OURS.providers) >= 45


def test_every_file_is_named_after_its_provider() -> None:
    folder = REPOSITORY / "src/yizhan/providers/data/providers"
    assert {path.stem for path in folder.glob("*.toml")} == set(OURS.providers)


@pytest.mark.parametrize("provider", OURS.providers.values(), ids=lambda each: each.id)
def test_every_table_names_its_sources_and_a_day_that_has_been(provider: Provider) -> None:
    assert provider.vouched.keys() >= TABLES
    assert all(vouched.last_verified <= date(2026, 11, 24) for vouched in provider.vouched.values())


@pytest.mark.parametrize("provider", OURS.providers.values(), ids=lambda each: each.id)
def test_every_source_is_an_address_or_explained(provider: Provider) -> None:
    page = (REPOSITORY / "docs/guides/provider-files.md").read_text(encoding="utf-8")
    sources = [source for vouched in provider.vouched.values() for source in vouched.sources]
    assert [each for each in sources if not each.startswith("https://") and f"`{each}`" not in page] == []


@pytest.mark.parametrize("provider", OURS.providers.values(), ids=lambda each: each.id)
def test_every_provider_is_reached_with_encryption(provider: Provider) -> None:
    assert all(each.endswith(("/tls", "/starttls")) for each in (*provider.imap, *provider.smtp))


def test_no_two_providers_claim_a_domain_a_server_pattern_or_a_number() -> None:
    domains = [domain for each in OURS.providers.values() for domain in each.domains]
    patterns = [pattern for each in OURS.providers.values() for pattern in each.mx]
    numbers = [each.number for each in OURS.providers.values() if each.number]
    assert len(domains) == len(set(domains))
    assert len(patterns) == len(set(patterns))
    assert len(numbers) == len(set(numbers))


def test_the_guides_that_people_know_by_number_are_all_there() -> None:
    assert {each.number for each in OURS.providers.values() if each.number} == GUIDES


def test_related_guides_exist_and_are_others() -> None:
    related = [(each.id, other) for each in OURS.providers.values() for other in each.related]
    assert [pair for pair in related if pair[1] not in OURS.providers or pair[0] == pair[1]] == []


def test_netease_wants_id_after_login_and_no_sasl_ir() -> None:
    assert OURS.providers["netease"].quirks >= {Quirk.ID_AFTER_LOGIN, Quirk.NO_SASL_IR}


def test_icloud_is_spoken_to_without_qresync_and_by_either_login() -> None:
    assert Quirk.NO_QRESYNC in OURS.providers["icloud"].quirks
    assert OURS.providers["icloud"].login is LoginForm.ADDRESS_OR_LOCAL_PART


@pytest.mark.parametrize("name", ["outlook", "microsoft365"])
def test_microsoft_takes_oauth_only(name: str) -> None:
    provider = OURS.providers[name]
    assert (provider.secret.kind, Quirk.OAUTH_ONLY in provider.quirks) == (SecretKind.OAUTH_TOKEN, True)


def test_gmail_prints_sixteen_letters_in_four_groups() -> None:
    rule = OURS.providers["gmail"].secret
    assert (rule.length, rule.groups, rule.letters, rule.trim) == (16, 4, True, " ")


@pytest.mark.parametrize(
    ("provider", "noun"),
    [("mailru", "应用专用密码"), ("qq", "授权码"), ("netease", "授权码"), ("exmail", "客户端专用密码")],
)
def test_the_secret_is_called_what_the_provider_calls_it(provider: str, noun: str) -> None:
    assert OURS.providers[provider].secret.noun["zh-hans"] == noun


def test_our_own_words_are_there_in_every_language_and_equally_many() -> None:
    counts = [
        (kind, key, {language: len(texts) for language, texts in words.items()})
        for kind, keys in guide_words().items()
        for key, words in keys.items()
    ]
    assert [each for each in counts if set(each[2]) != set(LANGUAGES) or len(set(each[2].values())) != 1] == []


def test_every_limit_and_quirk_that_a_page_shows_has_words() -> None:
    facts = guide_words()["fact"]
    assert {*LIMITS, "size_bytes", "no_idle", "from_is_login", *(f"login_{form}" for form in LoginForm)} <= set(facts)


def test_a_good_file_is_read_whole() -> None:
    provider = read_provider("acme.toml", GOOD.encode())
    imap, smtp = provider.endpoints("acme.example")
    assert (str(imap), str(smtp)) == ("imap.acme.example:993/tls", "smtp.acme.example:465/tls")
    assert provider.checked_on() == date(2026, 11, 20)
    assert provider.steps[0].paths["ru"] == ("Menu", "Keys")


@pytest.mark.parametrize(
    ("right", "wrong", "line", "words"),
    [
        ('id = "acme"', 'id = "acme', 1, "Illegal character"),
        ('id = "acme"', 'id = "Acme Mail"', 1, "id: 'Acme Mail' cannot be used"),
        ('category = "business"', 'category = "club"', 2, "'club' is not a valid Category"),
        ('category = "business"', 'categorie = "business"', 2, "categorie: no such field"),
        ('domains = ["acme.example"]', 'domains = "acme.example"', 10, "match.domains: is not a list of texts"),
        ('domains = ["acme.example"]', 'domains = ["Acme Example"]', 10, "match.domains: 'Acme Example'"),
        ('"spare.acme.example:993/tls"', '"spare.acme.example"', 16, "servers.imap: 'spare.acme.example' is not"),
        ('smtp = ["smtp.acme.example:465/tls"]', "smtp = []", 17, "servers.smtp: names no server"),
        ('login = "local_part"', 'login = "phone"', 18, "servers.login: 'phone'"),
        ("length = 8", 'length = "8"', 27, "secret.length: is not a whole number"),
        ('ru = "ключ" }', 'fr = "clef" }', 25, "secret.noun: needs a text in each of zh-hans, en, ru"),
        ('site = "https://acme.example/"', 'site = "javascript:alert(1)"', 19, "servers.site: is no web address"),
        ('act = "open"', 'act = "dance"', 1, "no words for the step 'dance'"),
        ('act = "copy"', 'acted = "copy"', 41, "steps.do.act: is missing"),
        ("last_verified = 2026-11-20", 'last_verified = "soon"', 21, "servers.last_verified: is not a date"),
        ('site = "https://acme.example/"\nsources = ["the administrator"]', "sources = []", 19, "names no source"),
    ],
)
def test_an_error_is_named_with_file_and_line_and_the_rest_works(
    tmp_path: Path, right: str, wrong: str, line: int, words: str
) -> None:
    (tmp_path / "acme.toml").write_text(GOOD.replace(right, wrong, 1), encoding="utf-8")
    (tmp_path / "other.toml").write_text(GOOD.replace('id = "acme"', 'id = "other"'), encoding="utf-8")
    found = load_catalogue(tmp_path)
    (problem,) = found.problems
    assert problem.startswith(f"acme.toml, line {line}: ")
    assert words in problem
    assert {"other", "mailru"} <= set(found.providers)


def test_bytes_that_are_no_utf_8_are_named_with_their_line() -> None:
    with pytest.raises(ProviderFileWrong, match=r"acme\.toml, line 5: this is not UTF-8"):
        read_provider("acme.toml", GOOD.replace("极致邮", "PLACE").encode().replace(b"PLACE", b"\xbc\xab"))


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(ProviderFileWrong, match=r"deep\.toml, line 1"):
        read_provider("deep.toml", b"x = " + b"[" * 30_000)


def test_a_file_of_ones_own_takes_the_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(GOOD.replace('id = "acme"', 'id = "mailru"'), encoding="utf-8")
    assert load_catalogue(tmp_path).providers["mailru"].names["en"] == "Acme Mail"
    assert load_catalogue().providers["mailru"].names["en"] == "Mail.ru"


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "acme.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert "acme" in load_catalogue(tmp_path).providers
    path.write_text(GOOD.replace('id = "acme"', 'id = "renamed"'), encoding="utf-8")
    assert "renamed" in load_catalogue(tmp_path).providers
    path.unlink()
    assert "renamed" not in load_catalogue(tmp_path).providers


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "big.toml").write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    assert load_catalogue(tmp_path).problems == (
        f"big.toml, line 1: the file has {MAX_FILE_BYTES + 1} bytes; {MAX_FILE_BYTES} is the most",
    )


def test_no_more_files_are_read_than_anybody_needs(tmp_path: Path) -> None:
    for number in range(MAX_OWN_FILES + 1):
        (tmp_path / f"{number:04}.toml").write_text("", encoding="utf-8")
    assert any(f"only the first {MAX_OWN_FILES} are read" in problem for problem in load_catalogue(tmp_path).problems)


def test_domains_of_other_scripts_are_shown_as_people_read_them() -> None:
    assert unicode_domain("xn--fsqu00a.example") == "例子.example"


def test_no_words_are_kept_that_no_provider_needs() -> None:
    needed = {("step", "paste")}  # every guide ends with it
    for each in OURS.providers.values():
        needed |= {("step", step.act) for step in each.steps} | {("need", need) for need in each.prerequisites}
        needed |= {("question", asked.about) for asked in each.questions} | {("advice", key) for key in each.advice}
    kept = {(kind, key) for kind in ("step", "need", "question", "advice") for key in guide_words()[kind]}
    assert kept - needed == set()
