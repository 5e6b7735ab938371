"""Engines on Ray Serve: replicas as many as are needed, behind the HTTP API of the gateway.

    client -> proxy of Serve -> Front -> Ears | Voices | Minds

Ray is told to report nothing to its makers. It listens at every address of the machine and lets
who reaches it run programs: so one that is started here asks for a token that nobody else knows.
"""

import asyncio
import logging
import os
import secrets
import signal
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from device.cluster.lender import ClusterLender
from device.cluster.replicas import Ears, Minds, Voices
from device.config import ClusterConfig, Config
from device.errors import EngineError, EngineMissing
from device.gateway.reception import Reception
from device.lent.house import model_names

if TYPE_CHECKING:
    from fastapi import FastAPI

_LOGGER = logging.getLogger(__name__)

APP: Final = "parlor"
_STORE_BYTES: Final = 100 << 20
"""Of shared memory: a request is a minute of sound at most."""
_LIGHT_CPUS: Final = 0.1
"""Of who only passes on."""
_MOST_WAITING: Final = 32
"""Requests of one deployment; more are told to come back."""
_AT_ONCE: Final = 4
"""Requests that one replica has at most: an engine computes one after the other. With half of that
on average another one is started."""
_AT_ONCE_LIGHT: Final = 64


async def serve_engines(config: Config) -> None:
    """Deploy them, and take them down at SIGTERM or SIGINT. Raises ConfigError, EngineMissing."""
    _prepare(config.cluster)
    try:
        import ray
        from ray import serve
    except ImportError as missing:
        raise EngineMissing(
            "a cluster needs more: pip install 'parlor-speaker[cluster,gateway,llm]'"
        ) from missing
    # The tokens are read here too: a mistake is better told before anything is started.
    Reception(config.gateway, _nobody)
    await asyncio.to_thread(_connect, config.cluster)
    # Only now: Ray has handlers of its own, which end the process at once.
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        await asyncio.to_thread(_deploy, config)
        _LOGGER.info("engines: http://%s:%d/v1", config.gateway.host, config.gateway.port)
        await stopped.wait()
    finally:
        await asyncio.to_thread(serve.shutdown)
        await asyncio.to_thread(ray.shutdown)


def _prepare(cluster: ClusterConfig) -> None:
    """What Ray reads when it is imported."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if not cluster.address:
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)


def _connect(cluster: ClusterConfig) -> None:
    import ray

    try:
        if cluster.address:
            ray.init(address=cluster.address)
        else:
            ray.init(include_dashboard=False, object_store_memory=_STORE_BYTES)
    except (ConnectionError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise EngineError(f"there is no Ray cluster ({error}); check [cluster] address") from error


def _deploy(config: Config) -> None:
    from ray import serve
    from ray.serve.schema import LoggingConfig

    log = LoggingConfig(log_level="WARNING", enable_access_log=False)
    http = serve.config.HTTPOptions(host=str(config.gateway.host), port=config.gateway.port)
    serve.start(http_options=http, logging_config=log)
    serve.run(application(config), name=APP, route_prefix="/", logging_config=log)


def application(config: Config) -> Any:
    """The `serve.Application`: engines, and a front that speaks HTTP."""
    from ray import serve

    cluster = config.cluster
    busy = partial(_options, cluster, cluster.cpus, _AT_ONCE)
    light = partial(_options, cluster, _LIGHT_CPUS, _AT_ONCE_LIGHT)
    engines = [
        serve.deployment(Ears, **busy("Ears")).bind(config),
        serve.deployment(Voices, **busy("Voices")).bind(config),
        serve.deployment(Minds, **light("Minds")).bind(config),
    ]
    front = serve.ingress(lambda: _front(config))()  # a partial would pass for an application
    return serve.deployment(front, **light("Front")).bind(*engines)


def _options(cluster: ClusterConfig, cpus: float, most: int, name: str) -> dict[str, Any]:
    """Arguments of `serve.deployment`."""
    return {
        "name": name,
        "max_ongoing_requests": most,
        "max_queued_requests": _MOST_WAITING,
        "graceful_shutdown_wait_loop_s": 0.5,
        "graceful_shutdown_timeout_s": 5.0,
        "ray_actor_options": {"num_cpus": cpus},
        "autoscaling_config": {
            "min_replicas": cluster.least_replicas,
            "max_replicas": cluster.most_replicas,
            "target_ongoing_requests": most / 2,
        },
    }


def _front(config: Config) -> "FastAPI":
    """Made anew in each replica."""
    from fastapi import FastAPI
    from ray import serve

    from device.gateway.lending import door as audio_api_door

    handle = partial(serve.get_deployment_handle, app_name=APP)
    lender = ClusterLender(model_names(config), handle)
    app = FastAPI(title="Parlor", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(audio_api_door.router(lender, Reception(config.gateway, _nobody).check))
    return app


def _nobody(*_: object) -> Any:
    """Nobody converses with a cluster."""
    raise NotImplementedError
