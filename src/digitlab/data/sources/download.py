"""See to it that the files of a data set are there and sound: from beside them, from the mirrors, or say what to do.

What is found whole is only read. Otherwise one process at a time repairs the folder (`system.locks`), and a file
appears in it once it is complete and has passed `integrity.inspect`.
"""

from functools import lru_cache
from pathlib import Path

from digitlab.data.catalogue import BUNDLED, SOURCES, Source
from digitlab.data.sources.integrity import MISSING, Inspection, inspect
from digitlab.data.sources.mirrors import fetch, keep_archives
from digitlab.data.sources.repair import adopt, extract, packings
from digitlab.errors import UserError
from digitlab.paths import shown
from digitlab.system.locks import locked_staging


def ensure_files(
    dataset: str, data_dir: str | Path, *, download: bool, timeout_seconds: float, num_classes: int = 0
) -> None:
    """Return when every file of the data set is in `data_dir` and sound, mending what is missing or damaged.

    Args:
        dataset: A name in `catalogue.NAMES`; the bundled digits need no files.
        data_dir: Folder in torchvision's layout, made if need be. Nothing is written there if all is well.
        download: Whether files may be fetched. What lies beside a file as `.gz` is used in any case.
        timeout_seconds: Longest silence of a server before the next mirror is tried.
        num_classes: Classes that somebody's own data may have, where these are more than the original's.

    Raises:
        UserError: If files are missing or damaged in the end. There is never a silent substitute.
    """
    if dataset == BUNDLED:
        return
    source = SOURCES[dataset]
    folder, files = Path(data_dir) / source.folder, source.where(data_dir)
    found = inspect(source, files, num_classes)
    if found.faults:
        reason = "data.download=false, so nothing was fetched"
        try:
            if download or any(packings(path) for name, path in files.items() if name in found.faults):
                with locked_staging(folder) as staging:
                    found = _unpack(source, data_dir, staging, num_classes)
                    if found.faults and download:
                        found, reason = _download(source, data_dir, found, staging, timeout_seconds, num_classes)
        except OSError as error:
            reason = f"{shown(folder)} cannot be written ({error.strerror or error})"
        if found.faults:
            raise UserError(_instructions(dataset, found.faults, data_dir, reason))
    if found.counts != source.counts:
        _say_once(_about_own_data(source, folder, found))


def _unpack(source: Source, data_dir: str | Path, staging: Path, num_classes: int) -> Inspection:
    """Mend what can be mended with what lies in the folder itself."""
    files = source.where(data_dir)
    before = inspect(source, files, num_classes)  # anew: another process may have mended it meanwhile
    fresh = extract(files, before.faults, staging)
    after = adopt(source, files, before.faults, fresh, "its .gz", num_classes) if fresh else before
    extracted = [name for name in fresh if before.faults[name] == MISSING and name not in after.faults]
    if extracted:
        print(f"{source.title}: extracted {', '.join(extracted)} from .gz", flush=True)
    return after


def _download(
    source: Source, data_dir: str | Path, found: Inspection, staging: Path, timeout_seconds: float, num_classes: int
) -> tuple[Inspection, str]:
    """Mend the rest with what the mirrors have; also return why files may still be missing."""
    print(f"Downloading {source.title} ({source.download_mb:g} MB) to {shown(data_dir)} ...", flush=True)
    arrived = staging / source.folder
    trouble = fetch(source, Path(data_dir) / source.folder, staging, timeout_seconds)
    fresh = {name: arrived / name for name in found.faults if (arrived / name).is_file()}
    found = adopt(source, source.where(data_dir), found.faults, fresh, "the download", num_classes)
    keep_archives(source, arrived, Path(data_dir) / source.folder)
    return found, f"the download failed: {trouble}" if trouble else "the download did not mend that"


def _instructions(dataset: str, faults: dict[str, str], data_dir: str | Path, reason: str) -> str:
    source = SOURCES[dataset]
    files, missing = source.where(data_dir), sum(what == MISSING for what in faults.values())
    trouble = [f"{name} {what}" for name, what in faults.items() if what != MISSING]
    if missing:
        trouble.append(f"{missing} files are missing" if missing > 1 else "1 file is missing")
    trouble += [f"{path.name} is no help" for name in faults for path in packings(files[name]) if path.suffix == ".gz"]
    form = "" if dataset == "usps" else " (uncompressed, or as .gz)"
    folder = shown(Path(data_dir) / source.folder)
    return (
        f"data={dataset}: {'; '.join(trouble)} and {reason}.\n"
        f"Put {', '.join(faults)}{form} into {folder}, or name a folder that has {source.folder or 'them'} in it with "
        f"paths.data_dir=...\n"
        f"data={BUNDLED} works now: 1,797 real digits that are already on this machine."
    )


def _about_own_data(source: Source, folder: Path, found: Inspection) -> str:
    original, own = (
        ", ".join(f"{count:,} {part}" for part, count in counts.items()) for counts in (source.counts, found.counts)
    )
    return f"{shown(folder)} does not hold the original {source.title} ({original}) but data of your own ({own} images)"


@lru_cache
def _say_once(line: str) -> None:
    print(line, flush=True)
