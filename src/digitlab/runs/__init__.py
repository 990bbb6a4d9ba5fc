"""What lies in outputs/: run directories, their files, their checkpoints."""
