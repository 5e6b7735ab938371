import pytest

from device.errors import EngineError
from device.pipeline.tts.cloud.mp3 import Mp3Decoder
from tests.fakes.edge_speech import encoded, spoken
from tests.pipeline.tts.cloud.speaking import TEXT


def test_what_is_no_mp3_is_an_error() -> None:
    with pytest.raises(EngineError, match="no MP3"):
        Mp3Decoder().feed(b"<html>" * 500)


@pytest.mark.parametrize("step", [1, 100, 1_500, 100_000])
def test_an_mp3_decodes_to_the_same_in_any_pieces(step: int) -> None:
    decoder, data, made = Mp3Decoder(), encoded(TEXT), []
    for begin in range(0, len(data), step):
        made += decoder.feed(data[begin : begin + step])
    made += decoder.end()
    assert b"".join(sound.pcm for sound in made) == spoken(TEXT)
