"""Faults of the optimizer, its settings, its schedule, and how long it works."""

from gallery.fault import OURS, PLAIN, Fault
from gallery.makers import by_hand, dictionaries, tuples
from gallery.origins import autotrainer, deepchecker, deepcrime, holden, ivanov, karpathy, taxonomy, umlaut
from gallery.sick_modules import ClearedTooLate, NeverCleared, NeverStepped, NeverWarm

SGD = ("optimizer=sgd", "optimizer.lr=0.05", "scheduler=none")

FAULTS = (
    Fault(
        "gradients_not_cleared", ("DL301",), karpathy(3, "you forgot to .zero_grad() before .backward()"),
        "each step adds to the gradients of all steps before",
        maker=by_hand, arguments={"module": NeverCleared},
    ),
    Fault(
        "gradients_cleared_too_late", ("DL301", "DL403", "DL207"), taxonomy("wrong API usage"),
        "gradients are cleared between backward and step",
        maker=by_hand, arguments={"module": ClearedTooLate},
    ),
    Fault(
        "rate_too_high", ("DL302",), umlaut("high learning rate"),
        "Adam at 1",
        base=OURS, overrides=("optimizer.lr=1.0",),
    ),
    Fault(
        "rate_too_low", ("DL302",), deepcrime("HLR, decrease learning rate"),
        "Adam at one millionth",
        base=OURS, overrides=("optimizer.lr=1e-6",),
    ),
    Fault(
        "sgd_too_high", ("DL302",), taxonomy("suboptimal learning rate"),
        "SGD with momentum at 3",
        base=(*PLAIN, *SGD), overrides=("optimizer.lr=3",),
    ),
    Fault(
        "sgd_at_adams_rate", ("DL302",), deepcrime("OCH, change optimisation function"),
        "SGD without momentum at a rate that suits Adam",
        base=(*PLAIN, "scheduler=none"), overrides=("optimizer=sgd", "optimizer.lr=0.001", "optimizer.momentum=0"),
    ),
    Fault(
        "rate_too_low_by_hand", ("DL302", "DL403"), autotrainer("slow convergence"),
        "SGD at a hundred-thousandth, in somebody's own loop",
        maker=by_hand, arguments={"lr": 1e-5},
    ),
    Fault(
        "rate_too_high_by_hand", ("DL302",), autotrainer("oscillating loss"),
        "AdamW at 0.5, in somebody's own module",
        maker=dictionaries, arguments={"lr": 0.5},
    ),
    Fault(
        "epsilon_too_large", ("DL303",), taxonomy("epsilon for Adam optimiser"),
        "an epsilon of 10 beside gradients of hundredths",
        base=PLAIN, overrides=("optimizer.eps=10",),
    ),
    Fault(
        "momentum_too_high", ("DL303",), ivanov("29. change your hyperparameters"),
        "a momentum of 0.999, which remembers a thousand steps",
        base=(*PLAIN, *SGD), overrides=("optimizer.momentum=0.999",),
    ),
    Fault(
        "betas_too_high", ("DL303",), taxonomy("suboptimal hyperparameters tuning"),
        "Adam's first average over ten thousand steps, its second over ten",
        base=(*PLAIN, "scheduler=none"), overrides=("optimizer.betas=[0.9999,0.9]",),
    ),
    Fault(
        "decay_too_strong", ("DL304",), deepcrime("RAW, add weights regularisation"),
        "a weight decay of 1 in Adam's gradient",
        base=OURS, overrides=("optimizer.weight_decay=1.0",),
    ),
    Fault(
        "decay_too_strong_in_sgd", ("DL304",), ivanov("30. reduce regularization"),
        "a weight decay of 0.5 in SGD",
        base=(*PLAIN, *SGD), overrides=("optimizer.weight_decay=0.5",),
    ),
    Fault(
        "schedule_ends_at_once", ("DL305",), holden("you used an incorrect learning rate"),
        "a thousandth of the rate after each epoch",
        base=PLAIN, overrides=("scheduler=step", "scheduler.step_size=1", "scheduler.gamma=0.001"),
    ),
    Fault(
        "schedule_in_epochs", ("DL305",), "PyTorch forums: OneCycleLR stepped once an epoch, planned in steps",
        "one cycle of 330 steps, of which it takes one an epoch",
        base=PLAIN,
        overrides=(
            "scheduler._target_=torch.optim.lr_scheduler.OneCycleLR", "+scheduler.max_lr=0.003",
            "+scheduler.total_steps=336", "+scheduler.interval=epoch", "scheduler.div_factor=1000",
        ),
    ),
    Fault(
        "warm_up_without_end", ("DL305", "DL302"), taxonomy("suboptimal learning rate"),
        "a warm-up over ten thousand epochs",
        maker=tuples, arguments={"module": NeverWarm},
    ),
    Fault(
        "clipped_to_nothing", ("DL306",), deepcrime("OCG, change gradient clip"),
        "gradients are clipped to a norm of 0.0001",
        base=(*PLAIN, *SGD), overrides=("trainer.gradient_clip_val=0.0001",),
    ),
    Fault(
        "clipped_by_value", ("DL306",), deepcrime("OCG, change gradient clip"),
        "each number of a gradient is cut to a millionth",
        maker=tuples, arguments={
            "fit": {"gradient_clip_val": 1e-6, "gradient_clip_algorithm": "value"}, "optimizer": "SGD", "lr": 0.1,
        },
    ),
    Fault(
        "full_batch", ("DL307", "DL308"), deepcrime("HBS, change batch size"),
        "the whole set in one batch",
        base=OURS, overrides=("data.batch_size=1300",),
    ),
    Fault(
        "batches_of_one", ("DL307",), deepcrime("HDB, disable data batching"),
        "an image a step",
        base=(*PLAIN, "scheduler=none", "trainer.max_epochs=3"), overrides=("data.batch_size=1",), harm="seconds",
    ),
    Fault(
        "gradients_gathered_for_an_epoch", ("DL307", "DL308"), holden("you used a too large batch size"),
        "gradients of forty batches are gathered for one step",
        base=OURS, overrides=("trainer.accumulate_grad_batches=40",),
    ),
    Fault(
        "too_few_steps", ("DL308",), deepcrime("HNE, change number of epochs"),
        "ten steps in all",
        base=OURS, overrides=("trainer.max_epochs=-1", "trainer.max_steps=10"),
    ),
    Fault(
        "left_in_debug_mode", ("DL112", "DL308", "DL602"),
        ivanov("1. check your input data: the same batch over and over"),
        "overfit_batches was left on from yesterday's debugging",
        base=OURS, overrides=("trainer.overfit_batches=1", "data.shuffle=false"),
    ),
    Fault(
        "never_steps", ("DL309", "DL402", "DL403", "DL401"), deepchecker("untrained parameters"),
        "the optimizer is never stepped",
        maker=by_hand, arguments={"module": NeverStepped},
    ),
)  # fmt: skip
