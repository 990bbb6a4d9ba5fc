"""From the composed configuration to objects: the only module that calls Hydra's `instantiate`."""

import hashlib
import inspect
from functools import partial
from pathlib import Path
from typing import Any

import torch
from hydra.errors import InstantiationException
from hydra.utils import get_object, instantiate
from lightning import Trainer
from omegaconf import DictConfig, OmegaConf

from digitlab.callbacks.refused import check_callbacks
from digitlab.callbacks.seeded_steps import SeededSteps
from digitlab.checkpoints.writing import SafeCheckpointIO
from digitlab.datamodule import ImageDataModule
from digitlab.errors import UserError
from digitlab.module import DigitModule
from digitlab.nets.layout import CONTIGUOUS
from digitlab.performance.autotune import AUTO, FULL, HALF, Tuning, choose
from digitlab.performance.autotune_cache import remember
from digitlab.performance.fast_loop import LeanEpochLoop
from digitlab.performance.no_profiler import Unprofiled
from digitlab.runs.device import describe_device
from digitlab.safe_instantiate import NETS, allowed_in, locate, safe_instantiate, targets
from digitlab.system.ranks import check_alone

IMAGE_SHAPE = (1, 28, 28)  # of every data set here


def plain(config: Any) -> Any:
    """Return a section as plain, resolved data, or `None` for an absent one."""
    return None if config is None else OmegaConf.to_container(config, resolve=True, throw_on_missing=True)


def build_datamodule(cfg: DictConfig) -> ImageDataModule:
    """Return the data module of `cfg.data`.

    Its folder and the seed of its order do not stand in that section, which travels in checkpoints: the first
    belongs to the machine, the second to the run.
    """
    return instantiate(cfg.data, data_dir=cfg.paths.data_dir, seed=cfg.seed, _convert_="all")


def build_module(cfg: DictConfig) -> DigitModule:
    """Return a new module with the network, optimizer and schedule of `cfg`, ready to be trained."""
    data = {key: value for key, value in plain(cfg.data).items() if key != "_target_"}
    return DigitModule(
        plain(cfg.model),
        data,
        plain(cfg.optimizer),
        plain(cfg.scheduler),
        augment=plain(cfg.augment),
        label_smoothing=cfg.label_smoothing,
    )


def autotune(cfg: DictConfig, module: DigitModule) -> Tuning:
    """Decide where `cfg` says "auto" how to compute, lay out the network for it, and note both in `cfg`.

    So the settings that a run leaves behind are those it ran with, and a resumed run does not choose anew. Nor does
    another run of the same network: a probe goes by the clock, and one seed must give one result.
    """
    precision, memory_format = cfg.trainer.precision, cfg.memory_format
    device = _device(cfg.trainer.accelerator)
    if AUTO not in (precision, memory_format):
        chosen = Tuning(precision, memory_format, "as configured")
    elif cfg.trainer.devices == 1:
        probe = partial(choose, module.net, cfg.data.num_classes, device, precision, memory_format)
        key = f"{_setting(module.net, device)}; precision={precision}, memory_format={memory_format}"
        chosen = Tuning(*remember(Path(cfg.paths.output_root), key, probe))
    else:
        half = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        chosen = Tuning(
            (HALF if half else FULL) if precision == AUTO else precision,
            CONTIGUOUS if memory_format == AUTO else memory_format,
            "several processes have to agree, so nothing is probed",
        )
    cfg.trainer.precision, cfg.memory_format = chosen.precision, chosen.memory_format
    module.lay_out(chosen.memory_format)
    return chosen


def _setting(net: torch.nn.Module, device: torch.device) -> str:
    """Return what the speed of a network depends on, as a line."""
    facts = describe_device(device, "")
    layers = hashlib.sha256(repr(net).encode()).hexdigest()[:12]
    threads, name = facts["torch_threads"], facts["device_name"]
    return f"{name}, {threads} threads, torch {torch.__version__}; {type(net).__name__} {layers}"


def _device(accelerator: str) -> torch.device:
    """Return the kind of device that Lightning will choose."""
    if accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if accelerator != "cpu" and torch.backends.mps.is_available() else "cpu")


def build_trainer(cfg: DictConfig) -> Trainer:
    """Return the trainer of `cfg` with its callbacks and loggers; a null callback or logger is left out."""
    parts = {
        name: [instantiate(part, _convert_="all") for part in cfg[name].values() if part is not None]
        for name in ("callbacks", "logger")
    }
    check_callbacks(parts["callbacks"])
    trainer: Trainer = instantiate(
        cfg.trainer,
        callbacks=[SeededSteps(cfg.seed), *parts["callbacks"]],
        plugins=[SafeCheckpointIO()],
        logger=parts["logger"] or False,
        default_root_dir=cfg.paths.output_dir,
        profiler=Unprofiled() if cfg.trainer.profiler is None else instantiate(cfg.trainer.profiler),
        precision=FULL if cfg.trainer.precision == AUTO else cfg.trainer.precision,
        _convert_="all",
    )
    LeanEpochLoop.install(trainer)
    return trainer


def check_targets(cfg: DictConfig) -> None:
    """Refuse what is not on the allow-list of its section, of which no checkpoint could be restored either.

    Raises:
        UserError: If a `_target_` is not on the allow-list, or does not exist.
    """
    for key, section in targets(OmegaConf.to_container(cfg, resolve=False)):
        locate(str(section["_target_"]), allowed_in(key))


def check_signatures(cfg: DictConfig) -> None:
    """Refuse settings that the thing they configure does not take.

    Raises:
        UserError: For the first one, by its full key.
    """
    for key, section in targets(OmegaConf.to_container(cfg, resolve=False)):
        try:
            target = get_object(section["_target_"])
        except (ImportError, InstantiationException, ValueError, AttributeError) as error:
            raise UserError(f"{key}._target_={section['_target_']} cannot be imported: {error}") from None
        accepted = inspect.signature(target).parameters
        if any(parameter.kind is parameter.VAR_KEYWORD for parameter in accepted.values()):
            continue
        for name in section:
            if name not in accepted and not (name.startswith("_") and name.endswith("_")):
                raise UserError(f"{key}.{name} is not an argument of {section['_target_']}")


def check_network(cfg: DictConfig) -> None:
    """Refuse a network that does not map the data's images to the data's classes.

    It is built without memory for its weights and run without arithmetic, in milliseconds whatever its size.

    Raises:
        UserError: With the network's own complaint.
    """
    model, expected = plain(cfg.model), (2, cfg.data.num_classes)
    shape = "x".join(str(side) for side in IMAGE_SHAPE)
    try:
        with torch.device("meta"):
            output = safe_instantiate(model, allowed=NETS)(torch.zeros(2, *IMAGE_SHAPE))
    except UserError:
        raise
    except Exception as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(f"model={model['_target_']} cannot take the data's {shape} images: {reason}") from None
    if tuple(output.shape) != expected:
        raise UserError(
            f"model={model['_target_']} gives {tuple(output.shape)[1:]} per image; data.dataset={cfg.data.dataset} "
            f"needs {cfg.data.num_classes} logits"
        )


def check_accelerator(cfg: DictConfig) -> None:
    """Refuse an accelerator that is not there.

    Raises:
        UserError: With what torch says about it.
    """
    accelerator, wanted = cfg.trainer.accelerator, cfg.trainer.devices
    if wanted == 1 and cfg.trainer.get("num_nodes", 1) == 1:
        check_alone()
    mend = "use trainer.accelerator=auto or trainer.accelerator=cpu"
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if accelerator == "gpu" and not (cuda or mps):
        why = "torch sees no GPU" if torch.backends.cuda.is_built() else "this torch is built without CUDA"
        raise UserError(f"trainer.accelerator=gpu: {why} on this machine; {mend}")
    if accelerator == "cuda" and not cuda:
        raise UserError(f"trainer.accelerator=cuda: torch sees no CUDA device on this machine; {mend}")
    if accelerator == "mps" and not mps:
        raise UserError(f"trainer.accelerator=mps: only Apple's chips with macOS have it; {mend}")
    if cfg.trainer.precision == "16-mixed" and (accelerator == "cpu" or not (cuda or mps)):
        raise UserError("trainer.precision=16-mixed needs a GPU; on the CPU use 32-true or bf16-mixed")
    available = torch.cuda.device_count() if cuda and accelerator != "cpu" else None
    if available is not None and isinstance(wanted, int) and wanted > available:
        raise UserError(f"trainer.devices must be 1..{available} on this machine, got {wanted}")
