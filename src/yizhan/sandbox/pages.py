"""The pages of the sandbox: its index, the phone, and each provider's Password & Security."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from yizhan.sandbox.mailboxes import NoRoom
from yizhan.sandbox.people import AppPassword, NoMoreSecrets, Person, printed, same
from yizhan.sandbox.personas import Persona, SecretKind
from yizhan.sandbox.visits import Visit, Visits
from yizhan.sandbox.web import Answer, Request
from yizhan.sandbox.words import LANGUAGES, choose_language, say
from yizhan.sandbox.world import NameTaken, NameWrong, World


@dataclass(frozen=True, slots=True)
class Turn:
    """One request, by whom; `persona` and `person` where the page is a provider's and somebody is signed in."""

    request: Request
    visit: Visit
    language: str
    persona: Persona | None = None
    person: Person | None = None

    def word(self, key: str, **facts: str) -> str:
        name = self.persona.name[self.language] if self.persona else ""
        return say(self.language, key, name=name, **facts)


class Pages:
    """Answers requests; keeps nothing but who visits."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._visits = Visits()
        self._templates = Environment(
            loader=PackageLoader("yizhan.sandbox"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._style = files("yizhan.sandbox").joinpath("templates/pages.css").read_text(encoding="utf-8")

    def respond(self, request: Request) -> Answer:
        """The page for this request."""
        if request.path == "/pages.css":
            return Answer(self._style, content_type="text/css; charset=utf-8")
        visit, is_new = self._visits.find(request.cookie)
        visit.language = choose_language(request.query.get("lang", "") or visit.language, request.accept_language)
        answer = self._route(Turn(request, visit, visit.language))
        if not is_new:
            return answer
        return Answer(answer.body, answer.status, answer.content_type, answer.location, visit.id, answer.headers)

    def _route(self, turn: Turn) -> Answer:
        if turn.request.method == "POST" and not same_token(turn):
            return self._show(turn, "message.html", 403, message=turn.word("expired"))
        first, _, rest = turn.request.path.strip("/").partition("/")
        persona = self._world.personas.get(first)
        if persona is None:
            page = {"": self._index, "people": self._add_person, "phone": self._phone}.get(first if not rest else "?")
            return page(turn) if page else self._show(turn, "message.html", 404, message=turn.word("not_found"))
        person = turn.visit.signed_in.get(persona.id)
        turn = Turn(turn.request, turn.visit, turn.language, persona, person)
        if rest == "sign-in" and turn.request.method == "POST":
            return self._sign_in(turn, persona)
        if person is None:
            return self._show(turn, "sign_in.html", error="")
        steps = _POST if turn.request.method == "POST" else _GET
        step = steps.get(rest)
        if step is None:
            return self._show(turn, "message.html", 404, message=turn.word("not_found"))
        return step(self, turn, person)

    def _show(self, turn: Turn, template: str, status: int = 200, **facts: object) -> Answer:
        page = self._templates.get_template(template).render(
            turn=turn,
            word=turn.word,
            language=turn.language,
            languages=LANGUAGES,
            persona=turn.persona,
            person=turn.person,
            token=turn.visit.token,
            kinds=SecretKind,
            **facts,
        )
        return Answer(page, status)

    def _index(self, turn: Turn, error: str = "") -> Answer:
        people = sorted(
            self._world.people.values(), key=lambda person: list(self._world.personas).index(person.persona.id)
        )
        return self._show(turn, "index.html", 400 if error else 200, people=people, error=error)

    def _add_person(self, turn: Turn) -> Answer:
        if turn.request.method != "POST":
            return Answer(status=303, location="/")
        try:
            self._world.add_person(turn.request.form.get("address", ""))
        except NameWrong:
            return self._index(turn, turn.word("wrong_address"))
        except NameTaken:
            return self._index(turn, turn.word("taken"))
        except NoRoom:
            return self._index(turn, turn.word("full"))
        return Answer(status=303, location="/")

    def _phone(self, turn: Turn) -> Answer:
        return self._show(turn, "phone.html", texts=list(self._world.phone))

    def _sign_in(self, turn: Turn, persona: Persona) -> Answer:
        form = turn.request.form
        person = self._world.find(form.get("address", ""), persona)
        if person is None or not same(form.get("password", ""), person.login_password):
            return self._show(turn, "sign_in.html", 403, error=turn.word("wrong_login"))
        turn.visit.signed_in[persona.id] = person
        return Answer(status=303, location=f"/{persona.id}/")

    def _sign_out(self, turn: Turn, person: Person) -> Answer:
        turn.visit.signed_in.pop(person.persona.id, None)
        return Answer(status=303, location=f"/{person.persona.id}/")

    def _home(self, turn: Turn, person: Person) -> Answer:
        return self._show(turn, "home.html")

    def _two_step(self, turn: Turn, person: Person, error: str = "") -> Answer:
        pending = person.persona.id in turn.visit.codes
        return self._show(turn, "two_step.html", 400 if error else 200, pending=pending, error=error)

    def _send_code(self, turn: Turn, person: Person) -> Answer:
        turn.visit.send_code(person.persona.id, self._world.send_code(person), self._world.clock)
        back = "two-step" if turn.request.path.endswith("/two-step/code") else "service"
        return Answer(status=303, location=f"/{person.persona.id}/{back}")

    def _takes_code(self, turn: Turn, person: Person) -> bool:
        return turn.visit.take_code(person.persona.id, turn.request.form.get("code", ""), self._world.clock)

    def _confirm_two_step(self, turn: Turn, person: Person) -> Answer:
        if not self._takes_code(turn, person):
            return self._two_step(turn, person, turn.word("wrong_code"))
        person.two_step = True
        return Answer(status=303, location=f"/{person.persona.id}/two-step")

    def _app_passwords(self, turn: Turn, person: Person, error: str = "", made: AppPassword | None = None) -> Answer:
        if person.persona.rules.secret is not SecretKind.APP_PASSWORD:
            return self._home(turn, person)
        shown = printed(made, person.persona) if made else ""
        question = turn.visit.ask_sum() if person.persona.rules.human_check else ""
        return self._show(
            turn, "app_passwords.html", 400 if error else 200, error=error, shown=shown, question=question
        )

    def _create_app_password(self, turn: Turn, person: Person) -> Answer:
        rules = person.persona.rules
        if rules.secret is not SecretKind.APP_PASSWORD or (rules.two_step and not person.two_step):
            return self._app_passwords(turn, person)
        form = turn.request.form
        if not form.get("name", "").strip():
            return self._app_passwords(turn, person, turn.word("no_name"))
        if rules.human_check and not turn.visit.is_sum(form.get("sum", "")):
            return self._app_passwords(turn, person, turn.word("wrong_sum"))
        try:
            made = person.make_app_password(form["name"], self._world.clock.now())
        except NoMoreSecrets:
            return self._app_passwords(turn, person, turn.word("full"))
        return self._app_passwords(turn, person, made=made)

    def _revoke(self, turn: Turn, person: Person) -> Answer:
        typed = turn.request.form.get("id", "")
        if typed.isascii() and typed.isdigit():
            person.revoke(int(typed[:9]))
        back = "app-passwords" if person.persona.rules.secret is SecretKind.APP_PASSWORD else "service"
        return Answer(status=303, location=f"/{person.persona.id}/{back}")

    def _service(self, turn: Turn, person: Person, error: str = "", shown: str = "") -> Answer:
        if not person.persona.rules.switch:
            return self._home(turn, person)
        pending = person.persona.id in turn.visit.codes
        return self._show(turn, "service.html", 400 if error else 200, error=error, shown=shown, pending=pending)

    def _switch_service(self, turn: Turn, person: Person) -> Answer:
        """Yandex: a box to tick.  NetEase and QQ: a code from the phone, then an authorization code."""
        form = turn.request.form
        if person.persona.rules.secret is not SecretKind.AUTHORIZATION_CODE:
            person.switch_service("imap" in form)
            return Answer(status=303, location=f"/{person.persona.id}/service")
        if form.get("switch") == "off":
            person.switch_service(False)
            return Answer(status=303, location=f"/{person.persona.id}/service")
        if not self._takes_code(turn, person):
            return self._service(turn, person, turn.word("wrong_code"))
        person.switch_service(True)
        now = self._world.clock.now()
        try:
            made = person.make_app_password(turn.word("new_authorization_code"), now)
        except NoMoreSecrets:
            return self._service(turn, person, turn.word("full"))
        return self._service(turn, person, shown=printed(made, person.persona))


def same_token(turn: Turn) -> bool:
    """The form was made for this visit."""
    return turn.request.form.get("token") == turn.visit.token


_Step = Callable[[Pages, Turn, Person], Answer]
_GET: dict[str, _Step] = {
    "": Pages._home,
    "two-step": Pages._two_step,
    "app-passwords": Pages._app_passwords,
    "service": Pages._service,
}
_POST: dict[str, _Step] = {
    "sign-out": Pages._sign_out,
    "two-step": Pages._confirm_two_step,
    "two-step/code": Pages._send_code,
    "app-passwords": Pages._create_app_password,
    "app-passwords/revoke": Pages._revoke,
    "service": Pages._switch_service,
    "service/code": Pages._send_code,
}
