"""The command line's way in: errors become one clear line and an exit code."""

import sys

from device.logs import exit_code


def main() -> None:
    """Run `parlor`. Exit codes: 0 done, 1 failed, 2 usage or configuration."""
    try:
        with exit_code():
            _run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)


def _run(arguments: list[str]) -> None:
    if arguments[:1] == ["release"]:
        # The way back from a release must be short: seconds and megabytes less on a Pi.
        from device.releases import command

        command.main(arguments[1:] or ["--help"])
    else:
        from device.cli.app import app

        app()


if __name__ == "__main__":
    main()
