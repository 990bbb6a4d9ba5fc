"""What other programs call our settings: the table behind the hints for a word that is no key of ours."""

# A key or group of ours, perhaps with its value, and the words for it, in lower case and with "_". What the command at
# hand does not have is passed over.
SYNONYMS = {
    meant: words.split()
    for meant, words in {
        "trainer.max_epochs": "epoch epochs num_epochs n_epochs nb_epochs num_train_epochs max_epoch train_epochs",
        "trainer.max_steps": "steps num_steps iterations iters max_iter max_iters",
        "optimizer.lr": "learning_rate learningrate lrate rate base_lr init_lr max_lr lr0 step_size_lr",
        "optimizer.weight_decay": "wd l2 decay l2_penalty weightdecay",
        "optimizer.momentum": "mom",
        "optimizer.betas": "beta beta1 beta2",
        "data.batch_size": "bs batch batchsize train_batch_size per_device_train_batch_size",
        "data.eval_batch_size": "test_batch_size val_batch_size",
        "data.workers": "num_workers n_workers nworkers num_threads n_jobs",
        "data.val_share": "val_split validation_split val_size valid_size val_ratio val_frac val_fraction",
        "data.test_share": "test_split test_size test_ratio",
        "data.num_classes": "n_classes nclasses classes",
        "trainer.accelerator": "device accelerate backend",
        "trainer.accelerator=gpu": "gpu cuda use_gpu use_cuda",
        "trainer.accelerator=cpu": "cpu no_cuda",
        "trainer.devices": "gpus num_gpus n_gpus ngpus num_devices gpu_ids",
        "trainer.num_nodes": "nodes nnodes",
        "trainer.precision": "dtype bits",
        "trainer.precision=16-mixed": "fp16 amp mixed_precision half use_amp",
        "trainer.precision=bf16-mixed": "bf16 bfloat16",
        "trainer.gradient_clip_val": "clip grad_clip clip_grad gradient_clip clip_norm clip_grad_norm max_grad_norm "
        "max_norm grad_norm clip_value gradient_clipping",
        "trainer.accumulate_grad_batches": "accumulate accum grad_accum accumulation_steps accum_steps "
        "gradient_accumulation gradient_accumulation_steps",
        "trainer.log_every_n_steps": "log_every log_interval log_freq logging_steps print_every",
        "trainer.check_val_every_n_epoch": "val_every eval_every val_interval eval_interval validate_every",
        "callbacks.early_stopping.patience": "early_stopping early_stop earlystopping early_stopping_patience",
        "model.hidden_sizes": "hidden hidden_units hidden_dims hidden_layers layers units layer_sizes",
        "model.hidden_size": "hidden_dim fc_size dim width",
        "model.channels": "filters num_filters n_filters num_channels out_channels",
        "model.dropout": "drop drop_rate dropout_rate dropout_p p_drop p",
        "model.activation": "act activation_fn act_fn nonlinearity hidden_activation act_layer",
        "model.norm": "normalization batchnorm batch_norm bn use_bn norm_layer use_batchnorm use_batch_norm",
        "model.init": "initialization weight_init init_weights initializer kernel_initializer init_method",
        "model.residual": "skip skip_connections residual_connections shortcut shortcuts",
        "model.depth": "num_layers n_layers n_blocks num_blocks",
        "seed": "random_seed rng_seed manual_seed random_state",
        "label_smoothing": "smoothing smooth",
        "memory_format=channels_last": "channels_last nhwc",
        "compile": "torch_compile compile_model use_compile",
        "resume": "resume_from resume_from_checkpoint ckpt ckpt_path checkpoint checkpoint_path restore continue",
        "checkpoint": "ckpt ckpt_path model_path weights load model_checkpoint pretrained",
        "paths.data_dir": "data_dir data_path data_root data_folder dataset_path dataset_dir root datadir",
        "paths.output_root": "out output output_dir outdir out_dir save_dir log_dir logdir save_path results_dir",
        "scheduler.pct_start": "warmup warmup_epochs warmup_steps num_warmup_steps warmup_ratio",
        "averaging=ema": "ema use_ema moving_average swa",
        "debug=fdr": "fast_dev dry_run smoke",
        "data": "dataset datamodule",
        "model": "net network arch architecture classifier model_name",
        "optimizer": "optim opt optimiser optimizers",
        "scheduler": "sched lr_scheduler schedule lr_schedule",
        "augment": "aug augmentation augmentations transform transforms",
        "logger": "loggers logging wandb tensorboard",
        "callbacks": "callback",
        "experiment": "exp recipe config",
        # of the NumPy nets, whose settings stand at the top
        "lr": "learning_rate",
        "threads": "num_threads n_threads",
    }.items()
}

# What Lightning's Trainer takes; a test holds it against the Trainer's signature.
TRAINER_ARGUMENTS = (
    "accelerator", "strategy", "devices", "num_nodes", "precision", "logger", "callbacks", "fast_dev_run", "max_epochs",
    "min_epochs", "max_steps", "min_steps", "max_time", "limit_train_batches", "limit_val_batches",
    "limit_test_batches", "limit_predict_batches", "overfit_batches", "val_check_interval", "check_val_every_n_epoch",
    "num_sanity_val_steps", "log_every_n_steps", "enable_checkpointing", "enable_progress_bar", "enable_model_summary",
    "accumulate_grad_batches", "gradient_clip_val", "gradient_clip_algorithm", "deterministic", "benchmark",
    "inference_mode", "use_distributed_sampler", "profiler", "detect_anomaly", "barebones", "plugins", "sync_batchnorm",
    "reload_dataloaders_every_n_epochs", "default_root_dir", "enable_autolog_hparams", "model_registry",
)  # fmt: skip
