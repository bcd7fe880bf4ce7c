"""The real command line in a process of its own, on a clock that runs faster: python fast_videobot.py TIMES ARGS..."""

import sys

from bot.cli import main
from bot.cli.faster import FasterClock

if __name__ == "__main__":
    sys.exit(main(clock=FasterClock(float(sys.argv.pop(1)))))
