"""`yizhan diagnose`: lines in, lines out, in order, whatever they hold."""

import json
from typing import Any

from tests.support.home import Home

QQ = {"provider": "qq", "protocol": "smtp", "stage": "auth", "raw": "535 Error: 请使用授权码登录"}
BACKOFF = {"host": "outlook.office365.com", "protocol": "imap", "stage": "fetch"}
BACKOFF |= {"raw": "BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds"}


def lines(*records: Any) -> str:
    return "".join(f"{json.dumps(record)}\n" for record in records)


def answers(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_each_line_is_answered_in_its_place(home: Home) -> None:
    done = home.cli("diagnose", "--json", input=lines(QQ, BACKOFF, QQ))
    found = answers(done.out)
    assert [answer["cause"] for answer in found] == ["app_password_required", "rate_limited", "app_password_required"]
    assert (found[1]["retry"], found[1]["retry_after_s"]) == ("after", 300)
    assert {"cause", "retry", "retry_after_s", "title", "remedy"} <= set(found[0])
    assert done.code == 0


def test_a_bad_line_is_named_by_its_number_and_the_rest_is_answered(home: Home) -> None:
    bad = ["not json", '"a text"', "{}", json.dumps({**QQ, "stage": "bed"}), json.dumps({**QQ, "protocol": "fax"})]
    bad += [json.dumps({**QQ, "provider": 7}), json.dumps({**QQ, "raw": "x" * 70_000}), "[" * 20_000, ""]
    done = home.cli("diagnose", input="\n".join(bad) + "\n" + lines(QQ))
    found = answers(done.out)
    assert [answer["error"]["line"] for answer in found[:-1]] == list(range(1, len(bad) + 1))
    assert found[-1]["cause"] == "app_password_required"
    assert done.code == 1


def test_bytes_that_are_no_text_are_a_bad_line(home: Home) -> None:
    done = home.cli("diagnose", input="\ud800".encode("utf-8", "surrogatepass").decode("latin-1") + "\n" + lines(QQ))
    assert [("error" in answer) for answer in answers(done.out)] == [True, False]


def test_nothing_in_is_nothing_out(home: Home) -> None:
    done = home.cli("diagnose", input="")
    assert (done.code, done.out) == (0, "")


def test_no_home_is_made(home: Home) -> None:
    home.cli("diagnose", input=lines(QQ))
    assert not (home.folder / "yizhan.sqlite3").exists()


def test_the_words_are_in_the_language_that_was_asked_for(home: Home) -> None:
    home.env["YIZHAN_LANG"] = "ru"
    assert answers(home.cli("diagnose", input=lines(QQ)).out)[0]["title"] == "Нужен пароль приложения"


def test_a_wrong_option_is_wrong_usage(home: Home) -> None:
    assert home.cli("diagnose", "--fast", input="").code == 2


def test_help_shows_an_example(home: Home) -> None:
    assert "Example:" in home.cli("diagnose", "--help").out
