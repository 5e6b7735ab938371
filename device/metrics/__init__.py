"""What is measured of the turns: the stages of one, the spread over many, and how it is shown."""

from device.metrics.statistics import Histogram as Histogram
from device.metrics.statistics import Spread as Spread
from device.metrics.statistics import Totals as Totals
from device.metrics.statistics import TurnStatistics as TurnStatistics
from device.metrics.turn import STAGES as STAGES
from device.metrics.turn import TurnTimes as TurnTimes
from device.metrics.turn import turn_facts as turn_facts
