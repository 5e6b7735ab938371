"""Parlor: a private smart speaker."""

import os

# onnxruntime >= 1.29 reports usage unless this is set before it is first imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
# Looking for plugins reads the description of every package that is installed; there are none.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
# Idle OpenMP threads must sleep, not spin: a speaker waits far more than it computes.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# numpy's own matrices here are small: sharing one out takes ten times as long as computing it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
