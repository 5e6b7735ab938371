"""`python3 -m device.releases`: what the wheel itself can do, before anything is installed."""

import sys

from device.errors import DeviceError
from device.logs import complain
from device.releases.command import main

if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except DeviceError as error:
        complain(f"parlor: {error} [{error.code}]")
        sys.exit(error.exit_code)
