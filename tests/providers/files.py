"""A provider file as a person would write it, to be changed in one place by each test."""

GOOD = """\
id = "acme"
category = "business"

[names]
in = { zh-hans = "极致邮", en = "Acme Mail", ru = "Acme" }
sources = ["the administrator"]
last_verified = 2026-11-24

[match]
domains = ["acme.example"]
mx = ["*.acme.example"]
sources = ["the administrator"]
last_verified = 2026-11-24

[servers]
imap = ["imap.acme.example:993/tls", "spare.acme.example:993/tls"]
smtp = ["smtp.acme.example:465/tls"]
login = "local_part"
site = "https://acme.example/"
sources = ["the administrator"]
last_verified = 2026-11-20

[secret]
kind = "app_password"
noun = { zh-hans = "钥匙", en = "mail key", ru = "ключ" }
trim = " -"
length = 8
groups = 2
url = "https://acme.example/keys"
sources = ["the administrator"]
last_verified = 2026-11-24

[steps]
sources = ["the administrator"]
last_verified = 2026-11-24

[[steps.do]]
act = "open"
path = ["Menu", "Keys"]

[[steps.do]]
act = "copy"
note = { zh-hans = "只显示一次", en = "Shown once", ru = "Один раз" }
"""
