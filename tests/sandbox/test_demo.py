"""`runtime.demo`: a home becomes a demo's, every command in it obeys, and no made-up account meets a real provider."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.sandbox.browsing import Browser
from tests.support.home import Home
from tests.support.places import given_file
from tests.support.sandbox import SandboxPerson
from yizhan.net.errors import ConnectRefused, NameNotResolved, TlsFailed
from yizhan.net.tls import client_context
from yizhan.providers.catalogue import load_catalogue
from yizhan.sandbox.personas import PERSONAS, load_persona
from yizhan.sandbox.running import Sandbox
from yizhan.services.egress.detour import DEMO_FILE, DemoFileBroken, end_detour, read_detour
from yizhan.services.egress.dialers import make_egress

NewPerson = Callable[[str], SandboxPerson]
PROGRAM = """
import sys
from yizhan.runtime.demo import start
from yizhan.runtime.environment import read_environment
demo = start(read_environment())
print("\\n".join(demo.lines), flush=True)
sys.stdin.read()
demo.stop()
"""


def make_app_password(url: str, address: str) -> str:
    """At the demo's own security page, by what its index tells."""
    browser = Browser(url)
    page = browser.open("/")
    login_password = page.partition(f">{address}<")[2].partition("<code>")[2].partition("<")[0]
    browser.open("/mailru/")
    browser.submit("/mailru/sign-in", address=address, password=login_password)
    browser.open("/mailru/app-passwords")
    browser.submit("/mailru/two-step/code")
    browser.submit("/mailru/two-step", code=browser.read_code(address))
    browser.open("/mailru/app-passwords")
    browser.submit("/mailru/app-passwords", name="Yizhan", sum=browser.solve_sum())
    return browser.shown_secret


def test_a_demo_binds_a_real_address_and_ends_without_asking_the_provider(home: Home) -> None:
    with home.serve("--demo") as serving:
        detour = read_detour(home.folder)
        assert detour is not None
        assert f"accounts to try are at {detour.url}\n" in serving.output
        assert detour.security_urls["mailru"] == f"{detour.url}/mailru/"
        secret_file = given_file(make_app_password(detour.url, "li@mail.ru"))
        added = home.cli("accounts", "add", "li@mail.ru", "--secret-file", str(secret_file), "--json")
        assert added.json["status"] == "normal"
    after = home.cli("accounts", "check", "li@mail.ru", "--json")
    assert after.json["diagnosis"]["cause"] == "connection_refused"
    assert "yizhan serve --demo" in after.json["diagnosis"]["evidence"]


def test_a_demo_that_was_killed_leads_nowhere_else(home: Home) -> None:
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, env=home.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
    detour = read_detour(home.folder)
    assert detour is not None
    assert set(detour.routes) >= {"imap.mail.ru:993", "smtp.gmail.com:465"}


def test_only_what_is_bound_while_a_demo_runs_gets_its_route(demo_home: Home, new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("mailru")
    secret_file = str(person.make_secret_file())
    added = demo_home.cli("accounts", "add", person.address, "--secret-file", secret_file, "--json")
    assert (added.code, added.json["route"]) == (0, "demo")
    egress = make_egress(None, (), demo_home.folder)
    assert [egress.route_of("auto", host) for host in ("imap.mail.ru", "imap.example.com")] == ["demo", "auto"]
    assert egress.route_of("direct", "imap.mail.ru") == "direct"
    end_detour(demo_home.folder)
    assert egress.route_of("auto", "imap.mail.ru") == "auto"
    assert egress.route_of("demo", "imap.mail.ru") == "demo"


async def test_a_sandbox_host_is_never_dialled_elsewhere(demo_home: Home) -> None:
    dialer = make_egress(None, (), demo_home.folder).dialer_for("demo")
    assert await dialer.resolve("IMAP.mail.ru") == ["127.0.0.1"]
    with pytest.raises(NameNotResolved, match="leads nowhere else"):
        await dialer.resolve("imap.example.com")
    with pytest.raises(ConnectRefused, match=r"the sandbox has no imap\.mail\.ru:143"):
        await dialer.dial("imap.mail.ru", 143)


async def test_the_sandboxs_authority_is_trusted_for_its_own_hosts_only(demo_home: Home, sandbox: Sandbox) -> None:
    stream = await make_egress(None, ()).dialer_for("auto").dial("127.0.0.1", sandbox.ports["plain"].imap)
    context = client_context()
    with pytest.raises(TlsFailed):
        await stream.start_tls(context, "localhost")
    await stream.close()


MATCH = """
import json, sys
from yizhan.runtime.boot import boot
boot()
from yizhan.services.catalogue.demo import sandbox_url
from yizhan.services.catalogue.guides import show_guide
from yizhan.services.catalogue.matching import match_address
matched = [match_address(address, "en") for address in sys.argv[1:]]
guided = [show_guide(each["provider"], "en")["security_url"] for each in matched]
shown = [each["security_url"] for each in matched]
print(json.dumps([sandbox_url(), [each["provider"] for each in matched], shown, guided]))
"""


def test_form_and_guide_of_a_demo_lead_to_the_sandboxs_security_page(demo_home: Home, sandbox: Sandbox) -> None:
    known = [name for name in PERSONAS if name != "plain"]
    addresses = [f"name@{load_persona(name).domains[0]}" for name in known]
    command = [sys.executable, "-c", MATCH, *addresses]
    done = subprocess.run(command, env=demo_home.env, capture_output=True, text=True, timeout=60, check=True)
    pages = [sandbox.security_urls[name] for name in known]
    assert json.loads(done.stdout) == [sandbox.url, known, pages, pages]


@pytest.mark.parametrize("persona_id", [name for name in PERSONAS if name != "plain"])
def test_the_servers_of_the_catalogue_lead_to_the_sandbox(sandbox: Sandbox, persona_id: str) -> None:
    provider = load_catalogue().providers[persona_id]
    first = [endpoint for domain in load_persona(persona_id).domains for endpoint in provider.endpoints(domain)]
    assert {f"{endpoint.host}:{endpoint.port}" for endpoint in first} <= set(sandbox.routes)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"ca_pem": 1}', "\0"])
def test_a_broken_demo_file_is_named_and_nothing_is_dialled(home: Home, text: str) -> None:
    (home.folder / DEMO_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(DemoFileBroken, match=r"demo\.json"):
        make_egress(None, (), home.folder).route_of("auto", "imap.mail.ru")


def test_a_home_without_the_file_has_no_detour(home: Home) -> None:
    assert read_detour(home.folder) is None


def test_the_demo_file_holds_no_secret(demo_home: Home, new_sandbox_person: NewPerson) -> None:
    secret = new_sandbox_person("mailru").make_secret()
    text = (demo_home.folder / DEMO_FILE).read_text(encoding="utf-8")
    assert secret not in text
    assert set(json.loads(text)) == {"ca_pem", "routes", "url", "security_urls"}
