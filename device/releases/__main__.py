"""`python3 -m device.releases`: what the wheel itself can do, before anything is installed."""

import sys

from device.logs import exit_code
from device.releases.command import main

if __name__ == "__main__":
    with exit_code():
        main(sys.argv[1:])
