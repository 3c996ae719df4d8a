"""The plugins and fixtures that every test may use; `docs/contributing/testing.md` explains them."""

pytest_plugins = ["tests.support.guards", "tests.support.marks", "tests.support.fixtures", "tests.support.sandbox"]
