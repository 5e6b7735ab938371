"""Languages with the country that services want to be told too."""

from typing import Final

from device.errors import EngineError

_COUNTRIES: Final = {
    "ar": "EG", "ca": "ES", "cs": "CZ", "da": "DK", "de": "DE", "el": "GR", "en": "US", "es": "ES",
    "fi": "FI", "fr": "FR", "he": "IL", "hi": "IN", "hu": "HU", "id": "ID", "it": "IT", "ja": "JP",
    "ko": "KR", "nb": "NO", "nl": "NL", "pl": "PL", "pt": "BR", "ro": "RO", "ru": "RU", "sk": "SK",
    "sv": "SE", "th": "TH", "tr": "TR", "uk": "UA", "vi": "VN", "zh": "CN",
}  # fmt: skip
"""Where most who speak it live, or where it is from."""


def locale(language: str) -> str:
    """A language as xx-YY; one with a country is kept. Raises EngineError for an unknown one."""
    primary, _, region = language.replace("_", "-").partition("-")
    country = region or _COUNTRIES.get(primary.lower(), "")
    if not country:
        raise EngineError(f"{language!r} needs a country here; write it as xx-YY")
    return f"{primary.lower()}-{country.upper() if len(country) == 2 else country}"
