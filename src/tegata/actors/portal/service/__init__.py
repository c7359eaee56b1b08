"""What the portal does, one transaction each; no other actor is called while one is open."""
