"""What people see: the console, the progress of training, tables, TensorBoard, metrics.csv."""
