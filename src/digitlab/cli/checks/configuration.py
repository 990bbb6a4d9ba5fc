"""The one pass over the settings of a run before torch is loaded and anything is made."""

from importlib.util import find_spec
from typing import Any

from digitlab.checkpoints.header import first_readable, read_header
from digitlab.cli.checks.checkpoints import check_resumed, check_tested
from digitlab.cli.checks.datasets import check_data
from digitlab.cli.schema.combinations import check_together
from digitlab.cli.schema.rules import check_values
from digitlab.data.catalogue import Part
from digitlab.errors import UserError
from digitlab.runs.directories import find_checkpoints
from digitlab.safe_instantiate import check_allowed, is_ours
from digitlab.system.command_line import typed_arguments
from digitlab.system.trust import trust

OPTIONAL_PACKAGES = ("wandb", "mlflow")  # loggers whose package is the user's to install


def check_settings(command: str, settings: dict[str, Any]) -> None:
    """Refuse plain, resolved settings that cannot work.

    Raises:
        UserError: In the words of whichever check found it.
    """
    trust(settings.get("trust"))
    check_values(settings)
    trains = command == "train" or (command == "diagnose" and settings["run"] is None)
    if trains:
        check_together(settings)
    for package in OPTIONAL_PACKAGES:
        if (settings.get("logger") or {}).get(package) and find_spec(package) is None:
            raise UserError(f"logger={package} needs a package that is not installed: pip install {package}")
    check_allowed(settings)
    if command == "diagnose":
        from digitlab.cli.checks.diagnosis import check_diagnosis

        check_diagnosis(settings, typed_arguments())
    if trains:
        if settings.get("resume") is not None:
            check_resumed(settings)
        elif settings.get("init_from") is not None:  # of which a run that is resumed has no need any more
            weights = find_checkpoints("init_from", settings["init_from"], settings["paths"]["output_root"])
            first_readable(weights, read_header)
        _check_data(settings["data"], settings, "train")
    if command == "eval":
        _check_data(check_tested(settings), settings, "test")


def _check_data(data: dict[str, Any], settings: dict[str, Any], part: Part) -> None:
    if "_target_" not in data or is_ours("data", data):  # checkpoints of earlier versions do not name it
        devices, nodes = settings["trainer"].get("devices"), settings["trainer"].get("num_nodes") or 1
        processes = len(devices) if isinstance(devices, list) else devices if isinstance(devices, int) else 1
        check_data(data, settings["paths"]["data_dir"], part, max(1, processes * nodes))
