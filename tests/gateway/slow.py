"""What takes long, or asks nothing new of the code, is left to make test-gateway."""

import os

import pytest

slow = pytest.mark.skipif(
    not os.environ.get("PARLOR_TEST_GATEWAY"), reason="takes long; make test-gateway runs it"
)
