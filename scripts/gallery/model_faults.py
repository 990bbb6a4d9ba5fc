"""Faults of the network, its initial weights and its loss."""

from gallery.fault import OURS, PLAIN, Fault
from gallery.makers import deep_tuples, dictionaries, hard_dictionaries, hard_tuples, tuples
from gallery.origins import autotrainer, deepchecker, deepcrime, holden, ivanov, karpathy, taxonomy, umlaut
from gallery.sick_modules import HeadOnly, NoGradient, TrainsACopy, WrongSize

SGD = ("optimizer=sgd", "optimizer.lr=0.02", "scheduler=none", "trainer.gradient_clip_val=null")

FAULTS = (
    Fault(
        "wrong_input_size", ("DL201",), taxonomy("wrong defined input shape"),
        "images are cropped, and the layers are for whole ones",
        maker=tuples, arguments={"module": WrongSize},
    ),
    Fault(
        "nine_outputs", ("DL202",), taxonomy("wrong defined output shape"),
        "nine outputs for ten classes",
        maker=tuples, arguments={"net": {"num_classes": 9}},
    ),
    Fault(
        "one_output", ("DL202",), holden("you used the wrong activation function on the final layer"),
        "a single output, as for a question of yes or no",
        maker=dictionaries, arguments={"outputs": 1},
    ),
    Fault(
        "softmax_before_loss", ("DL203",),
        karpathy(4, "you passed softmaxed outputs to a loss that expects raw logits"),
        "a softmax before the cross-entropy",
        base=(*PLAIN, *SGD), overrides=("model=squashed", "model.kind={net}", "model.by=softmax"),
    ),
    Fault(
        "sigmoid_before_loss", ("DL203",), deepcrime("AAL, add activation function to layer"),
        "a sigmoid before the cross-entropy",
        base=(*PLAIN, *SGD), overrides=("model=squashed", "model.kind={net}", "model.by=sigmoid"),
    ),
    Fault(
        "relu_before_loss", ("DL203", "DL213"), holden("you used the wrong activation function on the final layer"),
        "no logit can be negative",
        base=(*PLAIN, *SGD), overrides=("model=squashed", "model.kind={net}", "model.by=relu"),
    ),
    Fault(
        "tanh_before_loss", ("DL203",), taxonomy("wrong type of activation function"),
        "logits between -1 and 1",
        base=(*PLAIN, *SGD), overrides=("model=squashed", "model.kind={net}", "model.by=tanh"),
    ),
    Fault(
        "loss_negated", ("DL204",), taxonomy("wrong loss function calculation"),
        "the cross-entropy grows: a sign too many",
        overrides=("loss=negated",),
    ),
    Fault(
        "loss_of_others_labels", ("DL204",), ivanov("18. check your loss function"),
        "the labels of the images before",
        overrides=("loss=shifted",),
    ),
    Fault(
        "nll_of_logits", ("DL204",), ivanov("19. verify loss input"),
        "NLLLoss of logits, where it expects log-probabilities",
        overrides=("loss=nll",),
    ),
    Fault(
        "class_as_quantity", ("DL204",), deepcrime("LCH, change loss function"),
        "the squared distance between the expected class and the label",
        overrides=("loss=squared_labels",),
    ),
    Fault(
        "loss_summed", ("DL204", "DL205"), deepchecker("wrong reduction of the loss"),
        "the sum over a batch, at a rate that was found for its mean",
        base=(*PLAIN, *SGD), overrides=("loss=summed",),
    ),
    Fault(
        "zero_weights", ("DL206",), deepchecker("poor initialisation of weights"),
        "all weights begin at zero",
        overrides=("model=initialised", "model.kind={net}", "model.way=zero"),
    ),
    Fault(
        "constant_weights", ("DL206",), holden("you initialized your network weights incorrectly"),
        "all weights of a layer begin alike, and stay alike",
        overrides=("model=initialised", "model.kind={net}", "model.way=constant"),
    ),
    Fault(
        "large_weights", ("DL206", "DL205", "DL213"), deepcrime("WCI, change weights initialisation"),
        "weights from a standard normal distribution",
        base=(*PLAIN, *SGD), overrides=("model=initialised", "model.kind={net}", "model.way=large"),
    ),
    Fault(
        "body_detached", ("DL207",), deepchecker("untrained parameters"),
        "features are detached before the head",
        maker=None, overrides=("model=detached", "model.kind={net}"), base=(*PLAIN, "data=tensors", "data.shift=2"),
    ),
    Fault(
        "loss_without_gradient", ("DL207", "DL204", "DL403"),
        "PyTorch forums, 'element 0 of tensors does not require grad': silenced by requires_grad=True",
        "the loss is made anew as a tensor of its own",
        maker=tuples, arguments={"module": NoGradient},
    ),
    Fault(
        "body_frozen", ("DL208",), ivanov('23. check for "frozen" layers or variables'),
        "the body is frozen and was never trained",
        overrides=("model=frozen", "model.kind={net}"), base=(*PLAIN, "data=tensors", "data.shift=2"),
    ),
    Fault(
        "optimizer_holds_the_head", ("DL209",), deepchecker("untrained parameters"),
        "the optimizer was given the head alone",
        maker=hard_dictionaries, arguments={"module": HeadOnly},
    ),
    Fault(
        "optimizer_holds_a_copy", ("DL209", "DL403"), "PyTorch forums: optimizer of a copied model",
        "the optimizer was given the parameters of a copy",
        maker=tuples, arguments={"module": TrainsACopy},
    ),
    Fault(
        "layers_in_a_list", ("DL209", "DL207"), "PyTorch forums: layers in a Python list and not in a ModuleList",
        "four hidden layers are no part of the module",
        base=("model=plain_mlp", "model.hidden_sizes=[32,32,32,32,32]", "data=tensors", "data.shift=2"),
        overrides=("model=listed",), nets=("mlp",),
    ),
    Fault(
        "batch_mixed_up", ("DL210",), karpathy(6, "thinking view() and permute() are the same thing"),
        "each row of the batch has pixels of several images",
        overrides=("model=mixing", "model.kind={net}"),
    ),
    Fault(
        "no_activation", ("DL211",), deepcrime("ARM, remove activation function"),
        "nothing but linear layers",
        base=("model=plain_mlp", "data=tensors", "data.shift=2"), overrides=("model.activation=identity",),
        nets=("mlp",),
    ),
    Fault(
        "no_activation_by_hand", ("DL211",), umlaut("missing activation functions"),
        "convolutions and linear layers with nothing between them",
        maker=hard_tuples, arguments={"net": {"activation": "identity"}},
    ),
    Fault(
        "narrow_layer", ("DL212",), taxonomy("wrong number of neurons in layer"),
        "two units between the features and the logits",
        base=("model=mlp",), overrides=("model.hidden_sizes=[256,2]",), nets=("mlp",),
    ),
    Fault(
        "narrow_convolutions", ("DL212",), holden("you used the wrong number of hidden units"),
        "a single channel, and two units behind it",
        base=("model=plain_cnn",), overrides=("model.channels=[1,1]", "model.hidden_size=2"), nets=("cnn",),
    ),
    Fault(
        "pooled_away", ("DL212", "DL601"), taxonomy("wrong amount & type of pooling in convolutional layer"),
        "four numbers of an image remain",
        overrides=("model=pooled", "model.kind={net}"),
    ),
    Fault(
        "dead_units", ("DL213", "DL206"), autotrainer("dying ReLU"),
        "biases below which no unit rises",
        overrides=("model=initialised", "model.kind={net}", "model.way=dead"),
    ),
    Fault(
        "vanishing_sigmoids", ("DL214", "DL213"), autotrainer("gradient vanish"),
        "six layers of sigmoids",
        base=("model=plain_mlp", "model.hidden_sizes=[64,64,64,64,64,64]"),
        overrides=("model.activation=sigmoid",), nets=("mlp",),
    ),
    Fault(
        "exploding_gradients", ("DL214", "DL213", "DL206"), autotrainer("gradient explode"),
        "ten layers, each of which doubles its signal, with nothing to clip",
        maker=deep_tuples, arguments={"gain": 3.0}, nets=("mlp",),
    ),
    Fault(
        "too_deep", ("DL214", "DL213"), holden("you used a network that was too deep"),
        "twenty layers with torch's initial weights, each of which halves its signal",
        base=("model=plain_mlp",),
        overrides=("model.hidden_sizes=[64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64]",), nets=("mlp",),
    ),
    Fault(
        "tiny_batches_with_norm", ("DL215", "DL307"),
        "Wu and He, Group Normalization, ECCV 2018: batch norm at small batches",
        "two images in a batch that batch norm takes its statistics from",
        base=(*OURS, "trainer.max_epochs=3"), overrides=("data.batch_size=2",),
    ),
    Fault(
        "dropout_of_everything", ("DL216",), deepcrime("RCD, change dropout rate"),
        "ninety-seven features in a hundred are dropped",
        base=OURS, overrides=("model.dropout=0.97",),
    ),
    Fault(
        "blank_rows_divided", ("DL217", "DL103"), ivanov("37. overcoming NaNs"),
        "each row is divided by its deviation, which is 0 in blank ones",
        overrides=("model=standardised", "model.kind={net}"),
    ),
)  # fmt: skip
