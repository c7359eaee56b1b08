"""Use cases of the call centre, one transaction each, but for the wait for J-LIS between two of them."""
