import pytest

from yizhan.providers.spacing import space_chinese


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("到 谷歌邮箱 Gmail 取应用专用密码", "到谷歌邮箱 Gmail 取应用专用密码"),
        ("打开Mail.ru 邮箱的安全设置", "打开 Mail.ru 邮箱的安全设置"),
        ("打开 网易邮箱", "打开网易邮箱"),
        ("等 15 分钟", "等 15 分钟"),
        ("Open Mail.ru", "Open Mail.ru"),
        ("Открыть: Mail.ru", "Открыть: Mail.ru"),
    ],
)
def test_blanks_stand_between_chinese_and_latin_words_only(text: str, right: str) -> None:
    assert space_chinese(text) == right
    assert space_chinese(right) == right
