"""The arguments of every public function, class and method of the baseline; a new one gets a row here."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from digitlab.baseline import activations, fit, gradcheck, initialisers, linear, losses, nets, pooling, windows
from digitlab.baseline.batch_norm import BatchNorm, BatchNorm1d, BatchNorm2d
from digitlab.baseline.containers import Residual, Sequential, refuse_repeated
from digitlab.baseline.convolution import Conv2d
from digitlab.baseline.dropout import Dropout
from digitlab.baseline.linear import Linear
from digitlab.baseline.module import Module, Parameter
from digitlab.baseline.optimizers import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Optimizer,
    RMSprop,
    adagrad,
    adam,
    base,
    rmsprop,
    sgd,
)
from support.battery import CASES
from support.wrong_arguments import (
    FLAG,
    FLOAT_TYPE,
    MODULE,
    RNG,
    Argument,
    a_layer,
    array,
    function,
    labels,
    number,
    one_of,
    shape,
    whole,
)  # fmt: skip

Row = tuple[Callable[..., Any], dict[str, Argument]]
NET, ONE, X, ONES = a_layer(), Parameter(np.ones(3)), array(4, 3), array(4, 3, low=0, high=2)
START, TWICE = NET.state_dict(), Sequential(NET)
TWICE.layers["1"] = NET
ROWS_OF_3 = array(4, 3, any_shape=True).refusing(np.ones(3), np.ones((3, 4)), np.ones((4, 3, 1)))
OPTION, SHARE, CLOSED = number(0.5, -0.1), number(0.5, -0.1, 1.0, 2), number(0.5, -0.1, 1.1)
BETAS = one_of(lambda: (0.9, 0.99), 0.9, None, (0.9,), (0.9, 1.0), (-0.1, 0.9), ("a", 0.9), (0.9, float("nan")))
PARAMETERS = one_of(
    lambda: [ONE], None, [], ONE, NET, [ONE, ONE], [ONE.data], np.ones(3), [NET], ["weight"], [*NET.named_parameters()]
)
OPTIMIZER = one_of(lambda: SGD(NET.parameters(), 0.1), None, SGD, NET, "adam")
MSE, ACTIVATION = function(losses.mse), function(activations.ReLU).refusing(activations.ReLU())
INIT = function(initialisers.he_normal).refusing(lambda shape, rng: np.ones(shape[0]), lambda shape, rng: "weight")
FLOAT64 = Argument(X.good, (X.same[0], X.same[1], X.same[-1]), (*ROWS_OF_3.bad, np.ones((4, 3), np.float32)))


def state(**changes: Any) -> dict[str, Any]:
    return NET.state_dict() | changes


def update(make: Callable[..., Optimizer], count: int) -> Row:
    """Return the row of an optimizer's `update`, which takes as many arrays."""

    def call(*arrays: Any, **named: Any) -> Any:
        optimizer = make([ONE], lr=0.1)
        optimizer.steps = 1
        return optimizer.update(*named.values())

    return call, {f"array{index}": ONES for index in range(count)}


def assign(name: str) -> Row:
    def call(values: Any) -> Any:
        parameter = Parameter(np.ones((4, 3)))
        setattr(parameter, name, values)
        return getattr(parameter, name)

    return call, {"values": X}


def from_start(train: Callable[..., Any], **options: Any) -> Any:
    NET.load_state_dict(START)
    return train(**options), NET.state_dict()


DRAW = {"shape": shape(3, 4), "rng": RNG}
OPTIONS = {"lr": OPTION, "weight_decay": OPTION}
STEP = {"step": whole(1), **OPTIONS}
TRAIN = {"net": one_of(lambda: NET, *MODULE.bad), "loss": MSE, "optimizer": OPTIMIZER, "x": X, "target": X}
NETS = {"rng": RNG, "dropout": SHARE}
MOMENTUM = {"momentum": SHARE}
ROWS: dict[str, Row] = {
    "sigmoid": (activations.sigmoid, {"x": array(4, 3, any_shape=True)}),
    "softmax": (activations.softmax, {"x": array(4, 3, any_shape=True).refusing(1.0)}),
    "LeakyReLU": (activations.LeakyReLU, {"slope": SHARE}),
    "BatchNorm": (BatchNorm, {"num_features": whole(3), "eps": OPTION, "momentum": CLOSED}),
    "BatchNorm1d": (BatchNorm1d, {"num_features": whole(3), "eps": OPTION, "momentum": CLOSED}),
    "BatchNorm2d": (BatchNorm2d, {"num_features": whole(3), "eps": OPTION, "momentum": CLOSED}),
    "Sequential": (lambda layer: Sequential(a_layer(), layer), {"layer": MODULE}),
    "Residual": (Residual, {"body": MODULE, "shortcut": MODULE.optional()}),
    "refuse_repeated": (refuse_repeated, {"module": one_of(a_layer, TWICE)}),
    "Conv2d": (Conv2d, {
        "in_channels": whole(2), "out_channels": whole(3), "kernel_size": whole(3), "stride": whole(2),
        "padding": whole(1, least=0), "rng": RNG, "init": INIT,
    }),
    "Dropout": (Dropout, {"p": SHARE, "rng": RNG}),
    "batches": (lambda **given: list(fit.batches(**given)), {
        "count": whole(5), "batch_size": whole(2).optional(), "rng": RNG.optional(),
    }),
    "train_step": (partial(from_start, fit.train_step), TRAIN),
    "fit": (partial(from_start, fit.fit), TRAIN | {
        "optimizer": OPTIMIZER.refusing(SGD([ONE], 0.1)), "epochs": whole(2, least=0),
        "batch_size": whole(2).optional(), "rng": RNG.optional(),
    }),
    "predict": (fit.predict, {"net": MODULE, "x": ROWS_OF_3, "batch_size": whole(3)}),
    "accuracy": (fit.accuracy, {"net": MODULE.refusing(Linear(3, 1, rng=RNG.good())), "x": X, "labels": labels(4, 3)}),
    "central_differences": (partial(gradcheck.central_differences, lambda: 1.0), {
        "array": one_of(X.good, *X.bad[:7], [1.0], np.arange(3), np.ones(2, np.float32)), "step": number(1e-5, 0.0, -1),
    }),
    "relative_error": (gradcheck.relative_error, {"gradient": X, "expected": X, "scale": number(1.0, 0.0).optional()}),
    "gradcheck": (gradcheck.gradcheck, {
        "module": MODULE.refusing(a_layer().astype(np.float32)), "x": FLOAT64, "rng": RNG, "step": number(1e-5, 0.0),
    }),
    "gradcheck_loss": (gradcheck.gradcheck_loss, {
        "loss": MSE, "prediction": FLOAT64.refusing(*X.bad), "target": X, "step": number(1e-5, 0.0),
    }),
    "fans": (initialisers.fans, {"shape": shape(3, 4)}),
    **{name: (getattr(initialisers, name), DRAW) for name in (
        "torch_uniform", "lecun_normal", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal"
    )},
    "Linear": (Linear, {
        "in_features": whole(3), "out_features": whole(2), "rng": RNG, "init": INIT, "bias": FLAG,
    }),
    "first_weight": (linear.first_weight, {"init": INIT, **DRAW}),
    "first_bias": (linear.first_bias, {"init": function(initialisers.torch_uniform), **DRAW}),
    "mse": (losses.mse, {"prediction": X, "target": X}),
    "binary_cross_entropy": (losses.binary_cross_entropy, {
        "logits": X, "target": ONES.refusing(2 * ONES.good(), -ONES.good(), ONES.good() * np.nan),
    }),
    "cross_entropy": (losses.cross_entropy, {
        "logits": array(4, 3, any_shape=True).refusing(np.ones(4), np.ones((4, 2)), np.ones((4, 3, 1))),
        "labels": labels(4, 3),
    }),
    "Parameter": (Parameter, {"data": array(4, 3, any_shape=True)}),
    "Parameter.data": assign("data"),
    "Parameter.grad": assign("grad"),
    "Parameter.astype": (lambda dtype: Parameter(np.ones(3)).astype(dtype), {"dtype": FLOAT_TYPE}),
    "Module.load_state_dict": (lambda state: a_layer().load_state_dict(state), {
        "state": one_of(
            state, None, NET, [*state().items()], {}, state(weight=np.ones((3, 1))), state(bias=np.ones((3, 1))),
            state(bias=None), state(bias=["a", "b", "c"]), state(bias=np.ones(3, complex)),
            same=(state(bias=state()["bias"].tolist()),),
        )
    }),
    "Module.train": (lambda mode: a_layer().train(mode), {"mode": FLAG}),
    "Module.astype": (lambda dtype: a_layer().astype(dtype), {"dtype": FLOAT_TYPE}),
    "Module.modules": (lambda prefix: [name for name, _ in NET.modules(prefix)], {"prefix": one_of(str)}),
    "plain_mlp": (nets.plain_mlp, {
        "sizes": shape(3, 4, 2), "rng": RNG, "activation": ACTIVATION.optional(), "init": INIT,
    }),
    "lesson_mlp": (nets.lesson_mlp, {"sizes": shape(3, 4, 2), **NETS}),
    "lesson_cnn": (nets.lesson_cnn, NETS),
    "digit_classifier": (nets.digit_classifier, NETS),
    "MaxPool2d": (pooling.MaxPool2d, {"kernel_size": whole(2), "stride": whole(1).optional()}),
    "AdaptiveAvgPool2d": (pooling.AdaptiveAvgPool2d, {"output_size": whole(2)}),
    "averages": (pooling.averages, {"pixels": whole(5), "bins": whole(2), "dtype": FLOAT_TYPE}),
    "extract": (windows.extract, {
        "images": array(2, 1, 4, 5, any_shape=True).refusing(np.ones(4), np.ones((4, 5)), np.ones((1, 1, 1, 9))),
        "size": whole(2), "stride": whole(1),
    }),
    "scatter": (windows.scatter, {
        "windows": array(2, 1, 3, 4, 2, 2), "shape": shape(2, 1, 4, 5).refusing((1, 1, 4, 5), (2, 1, 5, 5)),
        "stride": whole(1).refusing(2),
    }),
    "two_betas": (base.two_betas, {"betas": BETAS}),
    "check_options": (base.check_options, STEP | {"momentum": SHARE, "alpha": SHARE, "dampening": CLOSED}),
    "sgd_update": (partial(sgd.sgd_update, nesterov=False), {
        "gradient": X, "weight": X, "velocity": X, **STEP, **MOMENTUM, "dampening": CLOSED,
    }),
    "adagrad_update": (adagrad.adagrad_update, {
        "gradient": X, "weight": X, "total": ONES, **STEP, "lr_decay": OPTION, "eps": OPTION,
    }),
    "adam_update": (adam.adam_update, {
        "gradient": X, "weight": X, "mean": X, "square": ONES, "step": whole(1), "lr": OPTION, "betas": BETAS,
        "eps": OPTION,
    }),
    "rmsprop_update": (partial(rmsprop.rmsprop_update, centered=False), {
        "gradient": X, "weight": X, "square": ONES, "mean": X, "velocity": X, **OPTIONS, **MOMENTUM, "alpha": SHARE,
        "eps": OPTION,
    }),
    "SGD": (SGD, {"parameters": PARAMETERS, **OPTIONS, **MOMENTUM, "dampening": CLOSED, "nesterov": FLAG}),
    "Adagrad": (Adagrad, {
        "parameters": PARAMETERS, **OPTIONS, "lr_decay": OPTION, "initial_accumulator_value": OPTION, "eps": OPTION,
    }),
    "Adam": (Adam, {"parameters": PARAMETERS, **OPTIONS, "betas": BETAS, "eps": OPTION}),
    "AdamW": (AdamW, {"parameters": PARAMETERS, **OPTIONS, "betas": BETAS, "eps": OPTION}),
    "RMSprop": (RMSprop, {
        "parameters": PARAMETERS, **OPTIONS, **MOMENTUM, "alpha": SHARE, "eps": OPTION, "centered": FLAG,
    }),
    "SGD.update": update(SGD, 3),
    "Adagrad.update": update(Adagrad, 3),
    "Adam.update": update(Adam, 4),
    "AdamW.update": update(AdamW, 4),
    "RMSprop.update": update(RMSprop, 5),
}  # fmt: skip

SMALLER = {"Linear": 2, "Conv2d": 4, "BatchNorm1d": 2, "BatchNorm2d": 4, "MaxPool2d": 4, "AdaptiveAvgPool2d": 4}


def inputs(name: str) -> Argument:
    """Return the input of a layer; those that need so many axes refuse others, those with weights other sizes."""
    case = CASES[name]
    x = array(*case.shape, any_shape=True)
    layer = case.build(np.random.default_rng(0), training=False)
    if type(layer).__name__ in SMALLER:
        x = x.refusing(x.good()[0], x.good()[..., None, None])
        if layer.parameters():
            x = x.refusing(x.good()[:, :1].repeat(case.shape[1] + 1, axis=1))
    return x


def layer_rows() -> Iterator[tuple[str, Row]]:
    """Yield the rows of every layer's passes, by the class that has the method."""
    for name, case in CASES.items():
        training = case.modes[0]

        def layer(case: Any = case, training: bool = training) -> Module:
            return case.build(np.random.default_rng(0), training)

        def backward(gradient: Any, method: str, layer: Any = layer, case: Any = case) -> Any:
            made = layer()
            made.forward(array(*case.shape).good())
            result = getattr(made, method)(gradient)
            return result, [parameter.grad for parameter in made.parameters()]

        output = layer().forward(array(*case.shape).good()).shape
        yield f"{name}: forward", (lambda x, layer=layer: layer().forward(x), {"x": inputs(name)})
        for method in ("backward", "backward_parameters"):
            if method == "backward" or layer().parameters():
                yield f"{name}: {method}", (partial(backward, method=method), {"gradient": array(*output)})
