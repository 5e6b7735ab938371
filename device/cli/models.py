"""`parlor models`: which there are, getting them, checking them, taking them along."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from device import config_file
from device.cli.options import ConfigOption, JsonOption
from device.cli.progress import FetchProgress
from device.config import Config
from device.errors import ModelInvalid, UsageError
from device.fetching.fetcher import Fetcher
from device.fetching.part import megabytes
from device.folders import models_folders, models_home
from device.hal.computer import read_memory_mb, read_model
from device.models.bundle import write_bundle
from device.models.catalogue import Catalogue, read_catalogue
from device.models.manifest import BOARDS, Manifest
from device.models.recommended import board_of, recommended
from device.models.sources import Bundle, Folder, Source, Web
from device.models.store import State, Store
from device.models.work import Fetched

app = typer.Typer(help="The models of the engines.", no_args_is_help=True)

Names = Annotated[list[str] | None, typer.Argument(help="As `parlor models list` shows them.")]
FolderOption = Annotated[
    Path | None,
    typer.Option("--folder", help="Models folder; else $PARLOR_MODELS or the usual one."),
]
RecommendedOption = Annotated[
    bool, typer.Option("--recommended", help="Those that suit this computer and [device] language.")
]
BoardOption = Annotated[
    str, typer.Option("--board", help=f"Another computer: {' | '.join(BOARDS)}.")
]
MemoryOption = Annotated[int, typer.Option("--memory-mb", help="Memory of the other computer.")]
_MARKS = {
    State.INSTALLED: "[green]installed[/]", State.BUNDLED: "[green]bundled[/]",
    State.DAMAGED: "[red]damaged[/]", State.BEGUN: "[yellow]begun[/]",
    State.FOREIGN: "[yellow]foreign[/]", State.ABSENT: "[dim]absent[/]",
}  # fmt: skip


@app.command("list")
def list_models(
    language: Annotated[str, typer.Option("--language", help="Only for this one.")] = "",
    folder: FolderOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List every model there is a manifest of, what is here of it, and what its licence is."""
    catalogue, store = _opened(folder, to_read=True)
    suited = _suited(catalogue, config_file.load(config))
    models = [one for one in catalogue if not language or one.speaks(language)]
    if as_json:
        for model in models:
            where = {"state": store.state(model), "folder": str(store.folder)}
            typer.echo(json.dumps({**_facts(model), "recommended": model in suited, **where}))
        return
    Console(highlight=False).print(_table(models, store, suited))


@app.command()
def fetch(
    names: Names = None,
    recommend: RecommendedOption = False,
    board: BoardOption = "",
    memory_mb: MemoryOption = 0,
    source: Annotated[
        Path | None, typer.Option("--from", help="Bundle or models folder instead of the network.")
    ] = None,
    mirror: Annotated[str, typer.Option("--mirror", help="Address of a models folder.")] = "",
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=16, help="Files at a time.")] = 3,
    folder: FolderOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Get models that are not here yet, and mend those that are damaged.

    From a bundle without names: all that is in it.
    """
    loaded = config_file.load(config)
    catalogue, store = _opened(folder)
    opened = _source(source, mirror or loaded.mirror.models)
    if isinstance(opened, Bundle) and not recommend:
        names = names or list(opened.names)
    models = _chosen(catalogue, loaded, names, recommend, board, memory_mb)
    with FetchProgress(models, quiet=as_json) as progress:
        done = store.fetch(models, opened, progress.tell, progress.wait, jobs)
    for one in done:
        _tell_fetched(one, as_json)


@app.command()
def verify(
    names: Names = None,
    folder: FolderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read every byte of the models that are here. Exit code 1 when one is not as it should be."""
    catalogue, store = _opened(folder, to_read=True)
    here = [one for one in catalogue if store.state(one) is not State.ABSENT]
    console, faulty = Console(highlight=False), []
    for model in catalogue.find(names) if names else here:
        faults = store.verify(model)
        if faults:
            faulty.append(model.name)
        if as_json:
            typer.echo(json.dumps({"model": model.name, "sound": not faults, "faults": faults}))
            continue
        console.print(f"{'[red]✗[/]' if faults else '[green]✓[/]'} {model.name}")
        for path, fault in faults.items():
            console.print(f"    {escape(path)} {escape(fault)}")
    if faulty:
        raise ModelInvalid(
            f"not as they should be: {', '.join(faulty)}; "
            f"run: parlor models fetch {' '.join(faulty)}"
        )


@app.command()
def bundle(
    target: Annotated[Path, typer.Argument(help="The tar file to write.")],
    names: Names = None,
    recommend: RecommendedOption = False,
    board: BoardOption = "",
    memory_mb: MemoryOption = 0,
    folder: FolderOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Write models that are here into one file, for speakers without a network."""
    catalogue, store = _opened(folder, to_read=True)
    models = _chosen(catalogue, config_file.load(config), names, recommend, board, memory_mb)
    with FetchProgress(models, quiet=as_json) as progress:
        size = write_bundle(store.folder, models, target, progress.tell)
    if as_json:
        told = {"bundle": str(target), "bytes": size, "models": [one.name for one in models]}
        typer.echo(json.dumps(told))
    else:
        typer.echo(
            f"{target}: {megabytes(size)}; install with: parlor models fetch --from {target}"
        )


@app.command()
def remove(
    names: Annotated[list[str], typer.Argument(help="As `parlor models list` shows them.")],
    folder: FolderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take models away."""
    catalogue, store = _opened(folder)
    for model in catalogue.find(names):
        with FetchProgress([], quiet=as_json) as progress:
            size = store.remove(model, progress.wait)
        if as_json:
            typer.echo(json.dumps({"model": model.name, "removed": True, "bytes": size}))
        else:
            typer.echo(f"{model.name}: removed, {megabytes(size)}")


def _opened(folder: Path | None, *, to_read: bool = False) -> tuple[Catalogue, Store]:
    """The folder that is named, else the usual one: to read that which is there."""
    there = [usual for usual in models_folders() if usual.is_dir()] if to_read else []
    home = folder or next(iter(there), None) or models_home()
    return read_catalogue([home]), Store(home)


def _chosen(
    catalogue: Catalogue, config: Config, names: Sequence[str] | None, recommend: bool,
    board: str, memory_mb: int,
) -> list[Manifest]:  # fmt: skip
    if board and board not in BOARDS:
        raise UsageError(f"there is no board {board!r}; choose one of {', '.join(BOARDS)}")
    if bool(board) != bool(memory_mb):
        raise UsageError("--board and --memory-mb tell of another computer: give both")
    if bool(names) == recommend:
        raise UsageError("name models, or give --recommended; see: parlor models list")
    return catalogue.find(names) if names else _needed(catalogue, config, board, memory_mb)


def _needed(catalogue: Catalogue, config: Config, board: str, memory_mb: int) -> list[Manifest]:
    found = _suited(catalogue, config, board, memory_mb)
    if not found:
        raise UsageError(
            "no model suits such a computer; the command recogniser and espeak-ng need none"
        )
    return found


def _suited(
    catalogue: Catalogue, config: Config, board: str = "", memory_mb: int = 0
) -> list[Manifest]:
    """What is recommended for this computer, or the one that is named."""
    spoken = (config.device.language, *config.device.languages)
    here, memory = board or board_of(read_model()), memory_mb or read_memory_mb()
    return recommended(catalogue, here, memory, spoken)


def _source(given: Path | None, mirror: str) -> Source:
    if given is None:
        return Web(Fetcher(), mirror)
    return Folder(given) if given.is_dir() else Bundle(given)


def _tell_fetched(done: Fetched, as_json: bool) -> None:
    model, trusted = done.model, [file.path for file in done.trusted]
    if as_json:
        told = {"model": model.name, "changed": bool(done.files), "trusted": trusted}
        typer.echo(json.dumps({**told, "licence": model.licence, "bytes": model.size}))
        return
    what = "installed" if done.files else "was here already"
    typer.echo(f"{model.name}: {what}; licence: {model.licence} ({model.source})")
    for path in trusted:
        typer.echo(f"    {path}: nobody published its digest; what came is trusted from now on")


def _table(models: Sequence[Manifest], store: Store, suited: Sequence[Manifest]) -> Table:
    table = Table(box=None, caption="★ recommended for this computer", caption_justify="left")
    for title in ("", "model", "for", "size", "", "licence"):
        table.add_column(title, no_wrap=title != "licence", overflow="fold")
    engine = ""
    for model in models:
        if model.engine != engine:
            engine = model.engine
            table.add_row("", f"[bold]{engine}[/]")
        table.add_row(
            "★" if model in suited else "", model.name, ", ".join(model.languages),
            megabytes(model.size), _MARKS[store.state(model)], _small_print(model),
        )  # fmt: skip
    return table


def _small_print(model: Manifest) -> str:
    unknown = "" if model.pinned else "no published digest: trusted as it first comes"
    notes = (f"[dim]{escape(note)}[/]" for note in (model.note, unknown) if note)
    return "\n".join((escape(model.licence), *notes))


def _facts(model: Manifest) -> dict[str, Any]:
    return {
        "model": model.name, "engine": model.engine, "languages": model.languages,
        "bytes": model.size, "licence": model.licence, "source": model.source,
        "memory_mb": model.memory_mb, "boards": model.boards, "pinned": model.pinned,
        "note": model.note,
    }  # fmt: skip
