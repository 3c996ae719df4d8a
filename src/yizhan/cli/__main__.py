"""`python -m yizhan.cli`, and the `yizhan` script."""

import importlib
import sys

from yizhan.base.errors import YizhanError
from yizhan.cli.app import find, run
from yizhan.cli.output import Output, exit_code_of
from yizhan.runtime.environment import BadSetting


def main() -> None:
    """Run one command and exit with its code (cli.md "Exit codes")."""
    arguments = sys.argv[1:]
    output = Output(as_json="--json" in arguments)
    commands = find([word for word in arguments if word != "--json"])
    try:
        # Commands import the store's models, which need Django set up, which needs the environment: in that order.
        if any(each.home for each in commands):
            importlib.import_module("yizhan.runtime.boot").boot()
            importlib.import_module("yizhan.services.owners.vault").open_vault()
        sys.exit(run(arguments, commands, output))
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
