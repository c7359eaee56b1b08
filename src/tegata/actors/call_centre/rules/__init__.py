"""Pure decisions of the call centre: what is open when (SP-04, SP-06), and what may happen in a call."""
