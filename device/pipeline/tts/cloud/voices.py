"""Voices of services by language; they have many more, and take any name that is theirs."""

from typing import Final

from device.errors import ModelMissing
from device.pipeline.tts.cloud import azure, edge, elevenlabs, minimax, openai
from device.pipeline.tts.prosody import Abilities
from device.types import Voice

_NEURAL: Final[dict[str, tuple[str, ...]]] = {
    "ar-EG": ("ar-EG-SalmaNeural", "ar-EG-ShakirNeural"),
    "bg-BG": ("bg-BG-KalinaNeural", "bg-BG-BorislavNeural"),
    "ca-ES": ("ca-ES-JoanaNeural", "ca-ES-EnricNeural"),
    "cs-CZ": ("cs-CZ-VlastaNeural", "cs-CZ-AntoninNeural"),
    "da-DK": ("da-DK-ChristelNeural", "da-DK-JeppeNeural"),
    "de-DE": ("de-DE-KatjaNeural", "de-DE-ConradNeural"),
    "el-GR": ("el-GR-AthinaNeural", "el-GR-NestorasNeural"),
    "en-US": ("en-US-JennyNeural", "en-US-GuyNeural"),
    "en-GB": ("en-GB-SoniaNeural", "en-GB-RyanNeural"),
    "es-ES": ("es-ES-ElviraNeural", "es-ES-AlvaroNeural"),
    "fi-FI": ("fi-FI-NooraNeural", "fi-FI-HarriNeural"),
    "fr-FR": ("fr-FR-DeniseNeural", "fr-FR-HenriNeural"),
    "he-IL": ("he-IL-HilaNeural", "he-IL-AvriNeural"),
    "hi-IN": ("hi-IN-SwaraNeural", "hi-IN-MadhurNeural"),
    "hr-HR": ("hr-HR-GabrijelaNeural", "hr-HR-SreckoNeural"),
    "hu-HU": ("hu-HU-NoemiNeural", "hu-HU-TamasNeural"),
    "id-ID": ("id-ID-GadisNeural", "id-ID-ArdiNeural"),
    "it-IT": ("it-IT-ElsaNeural", "it-IT-DiegoNeural"),
    "ja-JP": ("ja-JP-NanamiNeural", "ja-JP-KeitaNeural"),
    "ko-KR": ("ko-KR-SunHiNeural", "ko-KR-InJoonNeural"),
    "nb-NO": ("nb-NO-PernilleNeural", "nb-NO-FinnNeural"),
    "nl-NL": ("nl-NL-ColetteNeural", "nl-NL-MaartenNeural"),
    "pl-PL": ("pl-PL-ZofiaNeural", "pl-PL-MarekNeural"),
    "pt-BR": ("pt-BR-FranciscaNeural", "pt-BR-AntonioNeural"),
    "pt-PT": ("pt-PT-RaquelNeural", "pt-PT-DuarteNeural"),
    "ro-RO": ("ro-RO-AlinaNeural", "ro-RO-EmilNeural"),
    "ru-RU": ("ru-RU-SvetlanaNeural", "ru-RU-DmitryNeural"),
    "sk-SK": ("sk-SK-ViktoriaNeural", "sk-SK-LukasNeural"),
    "sv-SE": ("sv-SE-SofieNeural", "sv-SE-MattiasNeural"),
    "th-TH": ("th-TH-PremwadeeNeural", "th-TH-NiwatNeural"),
    "tr-TR": ("tr-TR-EmelNeural", "tr-TR-AhmetNeural"),
    "uk-UA": ("uk-UA-PolinaNeural", "uk-UA-OstapNeural"),
    "vi-VN": ("vi-VN-HoaiMyNeural", "vi-VN-NamMinhNeural"),
    "zh-CN": ("zh-CN-XiaoxiaoNeural", "zh-CN-YunxiNeural"),
    "zh-HK": ("zh-HK-HiuMaanNeural", "zh-HK-WanLungNeural"),
    "zh-TW": ("zh-TW-HsiaoChenNeural", "zh-TW-YunJheNeural"),
}
ANY: Final = "mul"
"""The voices speak whatever language they are given (ISO 639-2)."""

VOICES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "openai": {ANY: ("nova", "alloy", "echo", "fable", "onyx", "shimmer")},
    "edge": _NEURAL,
    "azure": _NEURAL,
    "minimax": {ANY: ("female-shaonv", "female-yujie", "male-qn-qingse", "male-qn-jingying")},
    "elevenlabs": {ANY: ("21m00Tcm4TlvDq8ikWAM", "pNInz6obpgDQGcFmaJgB")},
}
"""By service and language, the usual one first."""

ABILITIES: Final[dict[str, Abilities]] = {
    "openai": openai.ABILITIES, "edge": edge.ABILITIES, "azure": azure.ABILITIES,
    "minimax": minimax.ABILITIES, "elevenlabs": elevenlabs.ABILITIES,
}  # fmt: skip

RATES: Final[dict[str, int]] = {
    "openai": openai.RATE, "edge": edge.RATE, "azure": azure.RATE, "minimax": minimax.RATE,
    "elevenlabs": elevenlabs.RATE,
}  # fmt: skip


def known_voices(engine: str) -> list[Voice]:
    """The voices of a service that are known without asking it."""
    return [
        _voice(engine, name, language)
        for language, names in VOICES[engine].items()
        for name in names
    ]


def find_voice(engine: str, language: str, name: str = "") -> Voice:
    """The voice of this name, or the usual one for a language. Raises ModelMissing."""
    offered = VOICES[engine]
    if name:
        # The first five letters of such a name are its language.
        return _voice(engine, name, name[:5] if offered is _NEURAL else language)
    spoken = language.replace("_", "-").lower()
    for code in offered:
        if code.lower() == spoken:
            return _voice(engine, offered[code][0], code)
    for code in offered:
        if code in (ANY, *_usual_regions(spoken)):
            return _voice(engine, offered[code][0], language if code == ANY else code)
    raise ModelMissing(
        f"no voice of {engine} is known for {language!r}; name one in [tts] voice, "
        'or set [tts] engine = "espeak"'
    )


def _usual_regions(spoken: str) -> list[str]:
    """The code of the region that is meant where none is named, or another than is there."""
    primary = spoken.split("-")[0]
    return [code for code in _NEURAL if code.lower().split("-")[0] == primary][:1]


def _voice(engine: str, name: str, language: str) -> Voice:
    return Voice(name, engine, language, RATES[engine], f"terms of use of {engine}")
