"""What torchtest2 and torch-audit say of a training: they see a network, a batch, a loss and an optimizer."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from digitlab.module import DigitModule
from digitlab.safe_instantiate import OPTIMIZERS, safe_instantiate
from gallery.cases import Case
from gallery.data import pairs

PEERS = ("torchtest2", "torch-audit")
CAUSES = {  # what a check of theirs may be taken to name
    "forward": ("DL201", "DL202"), "output_finite": ("DL217", "DL103"), "output_varies": ("DL102", "DL213", "DL206"),
    "eval_determinism": ("DL501", "DL502", "DL504"), "loss": ("DL201", "DL202", "DL104", "DL204", "DL217"),
    "initial_loss": ("DL205", "DL206", "DL204", "DL203"), "optimizer_coverage": ("DL209",),
    "gradient_flow": ("DL207", "DL213", "DL206"), "gradient_magnitude": ("DL214", "DL206", "DL217"),
    "params_change": ("DL403", "DL302", "DL209", "DL207"), "frozen_params": ("DL208",), "input_dependency": ("DL102",),
    "batch_independence": ("DL210",), "overfit_batch": ("DL401", "DL302", "DL203", "DL204"),
    "TA100": ("DL217", "DL103"), "TA102": ("DL214", "DL206"), "TA103": ("DL213",), "TA104": ("DL207",),
    "TA105": ("DL213",), "TA402": ("DL304",), "TA301": ("DL101",), "TA302": ("DL102",), "TA304": ("DL215", "DL307"),
    "TA305": ("DL103",), "TA500": ("DL207",),
}  # fmt: skip
STEPS = 3  # that torch-audit looks on at


def opinion(name: str, make: Callable[[], Case]) -> dict[str, Any]:
    """Return `found`, the checks that warn or fail in their order, and `checks`, how many there were.

    An exception out of a check counts as its failure, one out of the training's own code as one that is found.
    """
    try:
        case = make()
        view = seen(case)
    except Exception as error:
        return {"found": [f"exception: {type(error).__name__}"], "checks": 1}
    return _torchtest2(*view) if name == "torchtest2" else _torch_audit(*view)


def seen(case: Case) -> tuple[nn.Module, Tensor, Tensor, Callable[[Tensor, Tensor], Tensor], torch.optim.Optimizer]:
    """Return network, images, labels, loss and optimizer of a case."""
    module = case.module
    case.datamodule.setup("fit")
    images, labels = next(pairs(case.datamodule.train_dataloader()))
    if isinstance(module, DigitModule):
        section = module.hparams["optimizer"]
        optimizer = safe_instantiate(section, module.net.parameters(), allowed=OPTIMIZERS)
        return module.net, module.normalize(images), labels, module.loss or cross_entropy, optimizer
    made = module.configure_optimizers()
    return module, images, labels, module.loss, made["optimizer"] if isinstance(made, dict) else made


def _torchtest2(net: nn.Module, images: Tensor, labels: Tensor, loss: Any, optimizer: Any) -> dict[str, Any]:
    from torchtest2 import check_model

    try:
        report = check_model(net, images, labels, loss_fn=loss, optimizer=optimizer)
    except Exception as error:
        return {"found": [f"exception: {type(error).__name__}"], "checks": 1}
    judged = [result for result in report.results if result.status.value != "SKIP"]
    return {"found": [one.name for one in judged if one.status.value in ("WARN", "FAIL")], "checks": len(judged)}


def _torch_audit(net: nn.Module, images: Tensor, labels: Tensor, loss: Any, optimizer: Any) -> dict[str, Any]:
    from torch_audit import Auditor, Severity

    auditor = Auditor(net, optimizer=optimizer, every_n_steps=1, suppress_internal_errors=True)
    error_of_training = []
    with auditor:
        auditor.audit_static()
        auditor.audit_init()
        try:
            for _ in range(STEPS):
                optimizer.zero_grad()
                auditor.backward(loss(auditor.forward(images), labels))
                auditor.optimizer_step()
        except Exception as error:
            error_of_training = [f"exception: {type(error).__name__}"]
    result = auditor.finish()
    all_of_them = getattr(result, "findings")  # noqa: B009 - the word is taken here
    loud = [one.rule_id for one in all_of_them if one.severity in (Severity.WARN, Severity.ERROR, Severity.FATAL)]
    return {"found": list(dict.fromkeys(loud)) + error_of_training, "checks": max(len(result.rules), 23)}
