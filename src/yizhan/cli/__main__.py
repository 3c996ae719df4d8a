"""`python -m yizhan.cli`, and the `yizhan` script."""

import importlib
import sys

from yizhan.base.errors import YizhanError
from yizhan.cli.output import Output, exit_code_of
from yizhan.runtime.boot import boot
from yizhan.runtime.environment import BadSetting


def main() -> None:
    """Run one command and exit with its code (cli.md "Exit codes")."""
    arguments = sys.argv[1:]
    output = Output(as_json="--json" in arguments)
    try:
        # The commands import the store's models, which need Django set up, which needs the environment: in that order.
        boot()
        app = importlib.import_module("yizhan.cli.app")
        sys.exit(app.run(arguments, output))
    except BadSetting as error:
        output.error(error)
        sys.exit(2)
    except YizhanError as error:
        output.error(error)
        sys.exit(exit_code_of(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
