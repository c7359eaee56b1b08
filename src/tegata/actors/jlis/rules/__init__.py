"""What J-LIS decides, as pure functions of facts and a time: nothing here reads a database or a clock.

- :mod:`residents`: a change of the register arrives (FI-03)
- :mod:`issue`: may this certificate be issued, and for how long (FI-03, FACTS section 1)
- :mod:`revocation`: state of a certificate, what stands on a CRL and until when it counts (FI-04, FI-05, SP-05)
- :mod:`phones`: a phone's certificates are applied for, revoked and resumed (SP-01, SP-03, SP-05)
- :mod:`callers`: whether a caller is the person on record (SP-04)
- :mod:`consent`: from when to when a consent counts, and its state (FI-02, FI-09)
- :mod:`four_information`: may this question be answered, and with what (FI-07)
"""
