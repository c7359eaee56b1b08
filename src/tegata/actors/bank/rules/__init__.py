"""What the bank decides, as pure functions of facts and a time."""
