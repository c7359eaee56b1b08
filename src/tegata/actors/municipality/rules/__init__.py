"""What the counter decides: pure functions of the record, what is notified, and the day."""
