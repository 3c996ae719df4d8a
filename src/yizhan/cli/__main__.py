"""`python -m yizhan.cli`, and the `yizhan` script."""

import importlib
import sys

from yizhan.base.errors import YizhanError
from yizhan.cli.output import Output, exit_code_of
from yizhan.runtime.boot import boot
from yizhan.runtime.environment import BadSetting

COMMANDS = "yizhan.cli.app"
# Commands that need no store: they start at once, and work where no home can be made.
STORELESS = {"diagnose": "yizhan.cli.diagnose"}


def main() -> None:
    """Run one command and exit with its code (cli.md "Exit codes")."""
    arguments = sys.argv[1:]
    output = Output(as_json="--json" in arguments)
    try:
        words = [word for word in arguments if word != "--json"]
        name = STORELESS.get(words[0] if words else "", COMMANDS)
        if name == COMMANDS:
            # They import the store's models, which need Django set up, which needs the environment: in that order.
            boot()
        sys.exit(importlib.import_module(name).run(arguments, output))
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
