"""Sound as telephones carry it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from device.gateway.mulaw import decode, encode

VALUES = decode(bytes(range(256))).astype(int)


def test_the_codes_stand_for_the_values_of_the_recommendation() -> None:
    named = {0x00: -32_124, 0x0F: -16_764, 0x7E: -8, 0x7F: 0, 0x80: 32_124, 0xFE: 8, 0xFF: 0}
    assert {code: VALUES[code] for code in named} == named


def test_what_was_decoded_is_encoded_as_it_was_but_for_the_second_nothing() -> None:
    codes = bytes(range(256))
    assert encode(decode(codes)) == codes.replace(b"\x7f", b"\xff")


@given(st.lists(st.integers(-32_768, 32_767), max_size=200))
def test_every_sample_becomes_one_of_the_values_next_to_it(values: list[int]) -> None:
    samples = np.array(values, np.int16)
    carried = decode(encode(samples)).astype(int)
    below = [max((one for one in VALUES if one <= value), default=VALUES.min()) for value in values]
    above = [min((one for one in VALUES if one >= value), default=VALUES.max()) for value in values]
    assert all(np.logical_or(carried == below, carried == above))
