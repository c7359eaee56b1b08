"""What the portal decides, as pure functions of facts and a time.

- :mod:`.calendar`: months and years from a moment on
- :mod:`.invitations`: whether a letter's code still opens the consent (FI-10)
- :mod:`.certificates`: what the holder of a card should do about its certificates
- :mod:`.phones`: the same for the phone's, and which of them the card may revoke (SP-05)
- :mod:`.reminders`: when a person is reminded of a consent (FI-09)
- :mod:`.authorization`: whether a request for a login is one that may be answered (OpenID Connect)
"""
