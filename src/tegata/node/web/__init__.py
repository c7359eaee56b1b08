"""What an actor serves: the conversations of the wire, and pages for people."""
