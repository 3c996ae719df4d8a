"""What the engine, or a command in its place, answered: shown as it is, or raised as the refusal that it is."""

from typing import Any, NoReturn

from yizhan.base.errors import YizhanError
from yizhan.services.catalogue.diagnoses import Refused, shape_of
from yizhan.services.catalogue.known import noun_for

RETRIED = {"account_busy": "later", "timeout": "later"}


class NotDone(YizhanError):
    """What was asked for was not done, for the reason that the code names."""

    code = "not_done"

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code  # type: ignore[misc]
        self.retry = RETRIED.get(code)


def refuse(answer: dict[str, Any], language: str, address: str) -> NoReturn:
    """Raise the refusal that the answer holds, in the nouns of the address's provider."""
    if "diagnosis" in answer:
        raise Refused(shape_of(answer["diagnosis"], language, noun_for(address, language)) or {})
    raise NotDone(answer["error"]["code"], answer["error"]["detail"])
