"""What is only here to be fast; each part has a switch in the configuration and a test against the stock behaviour."""
