"""What is measured for the doctor's rules: each thing once, on copies of module and data."""
