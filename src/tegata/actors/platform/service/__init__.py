"""What the platform operator does, one use case a function.

- :mod:`parties`: relying parties and their rights
- :mod:`crls`: the list of the day is fetched, checked and used (③, FI-06)
- :mod:`pointers`: to which certificate each consent points
- :mod:`consents`: consents are passed on, and learned from J-LIS's feed (FI-02, FI-09)
- :mod:`log`: one numbered log a relying party; :mod:`streams` reads it out as feed, push and poll (④, FI-06)
- :mod:`questions`: four-information questions (⑤ to ⑨, FI-07, FI-08)
"""
