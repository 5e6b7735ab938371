"""The command line's way in: errors become one clear line and an exit code."""

import sys

from device.errors import DeviceError
from device.logs import complain


def main() -> None:
    """Run `parlor`. Exit codes: 0 done, 1 failed, 2 usage or configuration."""
    try:
        if sys.argv[1:2] == ["release"]:
            # The way back from a release must be short: seconds and megabytes less on a Pi.
            from device.releases import command

            command.main(sys.argv[2:] or ["--help"])
        else:
            from device.cli.app import app

            app()
    except DeviceError as error:
        complain(f"parlor: {error} [{error.code}]")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
