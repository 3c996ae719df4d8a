"""Services on a real store; `tests.store` sets Django up before the first model is imported."""

import tests.store  # noqa: F401
