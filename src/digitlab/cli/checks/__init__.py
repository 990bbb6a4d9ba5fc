"""What is looked at before torch is loaded and before anything is made."""
