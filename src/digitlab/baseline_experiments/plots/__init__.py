"""The pictures of the experiments. Matplotlib is imported here and nowhere else."""
