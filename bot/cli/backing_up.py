"""What `videobot backup` and `videobot restore` do."""

import asyncio
import os
import shutil
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bot.cli.errors import CommandError, bad_input
from bot.cli.root import Root
from bot.settings import Settings
from storage.backup import Proof, copy_database
from storage.opening import is_postgresql

FILE = "videobot.db"
DUMP = "videobot.dump"
MEDIA = "media"


@dataclass(frozen=True, slots=True)
class _Copied:
    files: int
    bytes: int


async def back_up(root: Root, settings: Settings, target: Path, *, with_media: bool) -> int:
    """Copy, prove, tell."""
    folder = await asyncio.to_thread(_new_folder, target)
    path, proof = await asyncio.to_thread(_sqlite_path, settings), None
    if path is not None:
        proof = await asyncio.to_thread(copy_database, path, folder / FILE)
    else:
        await _dump(settings, folder / DUMP)
    # After the database: every file it speaks of was there then.
    in_bucket = (settings.media_url or "").startswith("s3://")
    copies = with_media and not in_bucket
    media = await asyncio.to_thread(_copy_media, settings.media, folder / MEDIA) if copies else None
    if with_media and in_bucket:
        root.screen.tell(
            f"The media lie in {settings.media_url} and are not part of this backup: back that bucket up by its own "
            "means (versioning, replication)."
        )
    if root.as_json:
        root.screen.document({"ok": not _disagrees(proof), "folder": str(folder), **_document(proof, media)})
    else:
        name = FILE if proof is not None else DUMP
        root.screen.say(f"Saved {folder / name}{_proved(proof)}")
        if media is not None:
            root.screen.say(f"Saved {media.files} files of media, {_megabytes(media.bytes)}.")
        if _disagrees(proof):
            root.screen.tell("The ledger in it disagrees (videobot ledger check says where).", style="red")
    return 1 if _disagrees(proof) else 0


async def put_back(root: Root, settings: Settings, source: Path) -> int:
    """Copy a backup to where the settings say the database and the media are."""
    path = await asyncio.to_thread(_sqlite_path, settings)
    if path is None:
        raise bad_input(
            "PostgreSQL is restored by its own pg_restore: make an empty database and run pg_restore --exit-on-error "
            f"--no-owner --dbname=... {source / DUMP}."
        )
    proof, media = await asyncio.to_thread(_put_back, source, path, settings.media)
    if root.as_json:
        root.screen.document({"ok": not _disagrees(proof), "database": str(path), **_document(proof, media)})
    else:
        root.screen.say(f"Restored {path}{_proved(proof)}")
        if media is not None:
            root.screen.say(f"Restored {media.files} files of media, {_megabytes(media.bytes)}.")
        root.screen.say(
            "It knows nothing of what came after the backup: look at `videobot jobs list` before you start."
        )
    return 1 if _disagrees(proof) else 0


def _put_back(source: Path, path: Path, media: Path) -> tuple[Proof, _Copied | None]:
    folder = source.expanduser()
    copy = folder / FILE
    if not copy.is_file():
        raise bad_input(f"There is no {FILE} in {source}: name the folder that `videobot backup` made.")
    if path.exists():
        raise CommandError(
            f"There is a database at {path} already: stop the bot and move it away first (with {path.name}-wal and "
            f"{path.name}-shm), or set another VIDEOBOT_DATA_DIR."
        )
    _make(path.parent)
    for rest in ("-wal", "-shm"):  # of a database that was taken away: they would be played into this one
        path.with_name(path.name + rest).unlink(missing_ok=True)
    proof = copy_database(copy, path)
    return proof, _copy_media(folder / MEDIA, media) if (folder / MEDIA).is_dir() else None


def _sqlite_path(settings: Settings) -> Path | None:
    """The file; None on PostgreSQL."""
    url = settings.database
    return None if is_postgresql(url) else Path.cwd() / url.partition(":///")[2]


async def _dump(settings: Settings, target: Path) -> None:
    """PostgreSQL's own tool makes a consistent dump beside everything that runs. It gets its name when the other tool
    has read it from end to end; what it says is not compared with the database."""
    if shutil.which("pg_dump") is None or shutil.which("pg_restore") is None:
        raise CommandError(
            "PostgreSQL is backed up by its own pg_dump, which is not installed here: install postgresql-client, or "
            f"run pg_dump --format=custom --file={target} where it is."
        )
    parts = urlsplit(settings.database)
    # The password travels in the environment: a command line can be seen by everybody on the machine.
    # In a URL its signs may be escaped, there they may not.
    password = unquote(parts.password or "") or os.environ.get("PGPASSWORD", "")
    environment = {**os.environ, "PGPASSWORD": password}
    netloc = parts.netloc.rpartition("@")[2]
    netloc = f"{parts.username}@{netloc}" if parts.username else netloc
    url = parts._replace(scheme="postgresql", netloc=netloc).geturl()
    part = target.with_name(f"{target.name}.part")
    try:
        await _run(environment, "pg_dump", "--format=custom", f"--file={part}", f"--dbname={url}")
        # As SQL for nobody: `--list` would read the contents alone and pass a dump that was cut off.
        await _run(environment, "pg_restore", f"--file={os.devnull}", str(part))
        await asyncio.to_thread(part.replace, target)
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)


async def _run(environment: dict[str, str], *command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    if process.returncode != 0:
        said = errors.decode(errors="replace").strip().splitlines()
        raise CommandError(f"{command[0]} failed: {said[-1] if said else f'exit code {process.returncode}'}")


def _new_folder(target: Path) -> Path:
    folder = (Path.cwd() / target.expanduser()).absolute()
    _make(folder)
    if any(folder.iterdir()):
        raise bad_input(f"The folder {folder} is not empty: name a new one, such as {_free_name(target)}.")
    return folder


def _free_name(target: Path) -> Path:
    """The name with the first number behind it that nothing has yet."""
    names = (target.with_name(f"{target.name}-{number}") for number in count(2))
    return next(name for name in names if not name.expanduser().exists())


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # prompts are in it
    except OSError as error:
        raise CommandError(f"The folder {folder} cannot be made: {error.strerror}.") from None


def _copy_media(source: Path, target: Path) -> _Copied:
    """Every finished file that is still there when its turn comes; a running bot removes old ones meanwhile."""
    files = size = 0
    if not source.is_dir():
        return _Copied(0, 0)
    try:
        for path in sorted(source.rglob("*")):
            if not path.is_file() or path.name.startswith(".") or path.suffix in (".part", ".tmp"):
                continue
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copy2(path, copy)
            except FileNotFoundError:
                continue
            files, size = files + 1, size + copy.stat().st_size
    except OSError as error:
        raise CommandError(f"The media could not be copied to {target}: {error.strerror}.") from None
    return _Copied(files, size)


def _disagrees(proof: Proof | None) -> bool:
    return proof is not None and bool(proof.ledger)


def _proved(proof: Proof | None) -> str:
    if proof is None:
        return (
            ": pg_restore read it from end to end. Its ledger is not checked here: restore it, then run "
            "videobot ledger check."
        )
    books = "its ledger agrees" if proof.ledger == () else "its ledger was not checked: it is of another version"
    if proof.ledger:
        books = f"its ledger disagrees in {len(proof.ledger)} places"
    return f": {proof.jobs} jobs, {_megabytes(proof.size)}; it is undamaged, and {books}."


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _document(proof: Proof | None, media: _Copied | None) -> dict[str, object]:
    return {
        "jobs": proof.jobs if proof else None,
        "bytes": proof.size if proof else None,
        "revision": proof.revision if proof else None,
        "ledger": None if proof is None or proof.ledger is None else list(proof.ledger),
        "media_files": media.files if media else None,
        "media_bytes": media.bytes if media else None,
    }
