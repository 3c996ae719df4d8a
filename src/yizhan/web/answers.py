"""What scripts of ours are answered: JSON, also where a page would be a refusal."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse

from yizhan.base.errors import BadInput, NotFound, YizhanError
from yizhan.web import wording

View = Callable[..., HttpResponse]


def for_script(view: View) -> View:
    """Signed-in people only; a refusal is `{"code", "words"}` with 401, 404, 422, or 503 for what may pass."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return JsonResponse({"code": "signed_out", "words": ""}, status=401)
        try:
            return view(request, *args, **kwargs)
        except NotFound as refused:
            return refusal(refused, 404)
        except BadInput as refused:
            return refusal(refused, 422)
        except YizhanError as refused:
            return refusal(refused, 503)

    return inner


def refusal(refused: YizhanError, status: int, **more: Any) -> JsonResponse:
    """Its code, and the words for a person."""
    return JsonResponse({"code": refused.code, "words": wording.say(refused), **more}, status=status)


def sent_json(request: HttpRequest) -> dict[str, Any]:
    """The object that a script sent; raises `BadInput`."""
    try:
        found = json.loads(request.body)
    except RequestDataTooBig:
        raise BadInput("this is more than can be taken at once") from None
    except (ValueError, RecursionError):
        raise BadInput("this is no JSON") from None
    if not isinstance(found, dict):
        raise BadInput("this is no JSON object")
    return found


def number_in(sent: dict[str, Any], name: str) -> int | None:
    """A whole number, None where it is missing; raises `BadInput`."""
    value = sent.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63):
        return value
    raise BadInput(f"{name} is a number")


def text_in(sent: dict[str, Any], name: str, most: int = 200) -> str:
    """A short text, empty where it is missing; raises `BadInput`."""
    value = sent.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise BadInput(f"{name} is a short text")
    return value
