"""Takes room noise and the colour of the microphone out of cepstra, utterance by utterance.

Vector Taylor series (Moreno, Raj and Stern 1996): the acoustic model's own Gaussians say what
clean speech looks like; with noise n and channel h in log mel energies, clean speech x is heard as
y = x + h + log(1 + exp(n - x - h)). n and h are fitted to the utterance by expectation
maximisation, and what they added on average is subtracted from each vector.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from device.errors import ModelInvalid

Matrix = npt.NDArray[np.float64]

_END_OF_HEADER = b"endhdr\n"
_GROUPS = 8
_ITERATIONS = 4
_SHARPNESS = 0.7
_NOISE_SHARE = 8
_TRUST_CHANNEL, _TRUST_NOISE = 5.0, 20.0
_LEAST_VARIANCE = 1e-2


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """What clean speech looks like: a mixture of Gaussians over cepstra with their mean removed."""

    means: Matrix
    """Shape (k, 13)."""
    variances: Matrix
    """Shape (k, 13)."""
    log_weights: Matrix
    """Shape (k,)."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What a room and a microphone do to speech."""

    channel: Matrix
    """Shape (m,): added to log mel energies."""
    noise: Matrix
    """Shape (m,): log mel energies."""
    spread: Matrix
    """Shape (13,): variances of the cepstra of the noise."""


def load_speech_model(folder: Path) -> SpeechModel:
    """Read the Gaussians of a Sphinx model, some neighbours merged; raises ModelInvalid."""
    means, variances = _read(folder / "means"), _read(folder / "variances")
    if means.shape != variances.shape:
        raise ModelInvalid(f"means and variances in {folder} do not belong together")
    groups = [
        _merged(mean, np.maximum(variance, _LEAST_VARIANCE))
        for mean, variance in zip(means, variances, strict=True)
    ]
    weights = np.concatenate([group[2] for group in groups])
    return SpeechModel(
        np.concatenate([group[0] for group in groups]),
        np.concatenate([group[1] for group in groups]),
        np.log(weights),
    )


class Compensation:
    """Cleans the cepstra of one utterance after the other."""

    def __init__(self, model: SpeechModel, to_cepstra: Matrix, to_mel: Matrix) -> None:
        """`to_cepstra` (13, m) turns log mel energies into cepstra, `to_mel` (m, 13) back."""
        self._model = model
        self._to_cepstra = to_cepstra
        self._to_mel = to_mel
        self._clean = model.means @ to_mel.T
        self._share = np.exp(model.log_weights) / np.exp(model.log_weights).sum()

    def clean(self, logs: Matrix, environment: Environment) -> Matrix:
        """Cepstra (n, 13) of clean speech without channel from log mel energies (n, m).

        Each vector is cleaned by itself, so that a part gives the same as it gives in the whole.
        """
        heard = logs @ self._to_cepstra.T
        noisy, _, share = self._expect(heard, environment)
        added = noisy @ self._to_cepstra.T - self._model.means
        return np.asarray(heard - share @ added)

    def environment(self, logs: Matrix) -> Environment:
        """Noise and channel of an utterance, from its log mel energies (n, m)."""
        heard = logs @ self._to_cepstra.T
        level = logs.mean(axis=1)
        quiet = np.argsort(level)[: max(8, len(level) // _NOISE_SHARE)]
        noise = np.log(np.exp(logs[quiet]).mean(axis=0))
        spread = np.maximum(heard[quiet].var(axis=0), _LEAST_VARIANCE)
        channel = self._first_channel(logs, level)
        smooth = heard @ self._to_mel.T
        for _ in range(_ITERATIONS - 1):
            noisy, speech_part, share = self._expect(heard, Environment(channel, noise, spread))
            weight = share.sum(axis=0)[:, None]
            missing = share.T @ smooth - weight * noisy
            speech, rest = speech_part, 1 - speech_part
            channel = channel + self._smoothed(
                (speech * missing).sum(axis=0) / ((speech * weight).sum(axis=0) + _TRUST_CHANNEL)
            )
            noise = noise + (rest * missing).sum(axis=0) / (
                (rest * weight).sum(axis=0) + _TRUST_NOISE
            )
        return Environment(channel, noise, spread)

    def _first_channel(self, logs: Matrix, level: Matrix) -> Matrix:
        low, high = np.percentile(level, 10), np.percentile(level, 95)
        speech = logs[level >= low + 0.5 * (high - low)].mean(axis=0)
        return np.asarray(self._smoothed(speech) - self._share @ self._clean)

    def _expect(self, heard: Matrix, environment: Environment) -> tuple[Matrix, Matrix, Matrix]:
        """Noisy means (k, m), share of speech in them (k, m), which Gaussian made what (n, k)."""
        noise = environment.noise
        clean = self._clean + environment.channel
        above = np.clip(noise - clean, -30, 30)
        noisy = clean + np.log1p(np.exp(above))
        speech_part = 1 / (1 + np.exp(above))
        bent = np.einsum(
            "cb,kb,bd->kcd", self._to_cepstra, speech_part, self._to_mel, optimize=True
        )
        rest = np.eye(bent.shape[1]) - bent
        variances = (
            np.einsum("kcd,kd->kc", bent**2, self._model.variances) + rest**2 @ environment.spread
        )
        likelihood = _gaussians(heard, noisy @ self._to_cepstra.T, variances)
        likelihood = _SHARPNESS * (likelihood + self._model.log_weights)
        share = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
        return noisy, speech_part, share / share.sum(axis=1, keepdims=True)

    def _smoothed(self, logs: Matrix) -> Matrix:
        return np.asarray((logs @ self._to_cepstra.T) @ self._to_mel.T)


def _gaussians(vectors: Matrix, means: Matrix, variances: Matrix) -> Matrix:
    """Log densities, shape (n, k)."""
    constant = -0.5 * (means**2 / variances + np.log(2 * np.pi * variances)).sum(axis=1)
    return np.asarray(vectors @ (means / variances).T - vectors**2 @ (0.5 / variances).T + constant)


def _read(file: Path) -> Matrix:
    """The first feature stream of a Sphinx parameter file, shape (codebooks, densities, 13)."""
    try:
        content = file.read_bytes()
        start = content.index(_END_OF_HEADER) + len(_END_OF_HEADER) + 4
        codebooks, streams, densities = np.frombuffer(content, "<u4", 3, start).tolist()
        lengths = np.frombuffer(content, "<u4", streams, start + 12).tolist()
        values = np.frombuffer(
            content, "<f4", codebooks * densities * sum(lengths), start + 16 + 4 * streams
        )
    except (OSError, ValueError) as error:
        raise ModelInvalid(f"{file} holds no Gaussians: {error}") from error
    first = values.reshape(codebooks, -1)[:, : densities * lengths[0]]
    return np.asarray(first.reshape(codebooks, densities, lengths[0]), dtype=np.float64)


def _merged(means: Matrix, variances: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Merge the Gaussians of one codebook into a few (k-means, always from the same start)."""
    centres = means[:: max(1, len(means) // _GROUPS)][:_GROUPS]
    scale = variances.mean(axis=0)
    for _ in range(8):
        near = (((means[:, None] - centres[None]) ** 2) / scale).sum(axis=-1).argmin(axis=1)
        used = [means[near == index] for index in range(len(centres))]
        centres = np.array([group.mean(axis=0) for group in used if len(group)])
    near = (((means[:, None] - centres[None]) ** 2) / scale).sum(axis=-1).argmin(axis=1)
    kept = [index for index in range(len(centres)) if (near == index).any()]
    spread = [variances[near == i].mean(axis=0) + means[near == i].var(axis=0) for i in kept]
    middle = [means[near == i].mean(axis=0) for i in kept]
    return np.array(middle), np.array(spread), np.array([(near == i).mean() for i in kept])
