"""The engines of a house of many speakers, on several machines."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from device.config.section import Section

Replicas = Annotated[int, Field(ge=1, le=1_000)]


class ClusterConfig(Section):
    """[cluster] what `parlor cluster` deploys of [stt], [tts] and [llm]; needs the extra cluster.

    It is served at [gateway] host and port, to who has a token of [gateway] token_file.
    """

    address: str = ""
    """Of a Ray cluster that runs, host:port or auto; empty: one is started on this machine."""
    least_replicas: Replicas = 2
    """Of each engine, always; with two one may die."""
    most_replicas: Replicas = 8
    """Of each engine, while much is asked."""
    cpus: Annotated[float, Field(gt=0, le=64)] = 1.0
    """Cores that a replica that understands or speaks is promised."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.least_replicas > self.most_replicas:
            raise ValueError("most_replicas is less than least_replicas")
        return self
