"""Tables read in columns: SQL in, columns out, millions of rows a second in the memory of a few batches.

:class:`.columns.View` is one state of an actor's own database, for whole numbers as numpy has them
(:func:`.views.view_of`); :func:`.views.read_columns` is one query of any SQLite or PostgreSQL database, in Arrow's
record batches. Only what is committed is seen, and nothing can be written. Parameters are bound: ``$1``, ``$2``, … in
the order in which they first stand in the statement.

===================  ================================================================================
:mod:`.views`        the doors: which of the ways below a database is read
:mod:`.columns`      what all of them have in common
:mod:`.here`         SQLite by Python's own ``sqlite3``, for files that are not large
:mod:`.beside`       SQLite by ADBC, in a process of its own (:mod:`.reader`, :mod:`.frames`)
:mod:`.postgres`     PostgreSQL by ADBC
:mod:`.drivers`      ADBC's drivers
===================  ================================================================================

ADBC has a SQLite of its own, and two of them must not open one file in one process: locks belong to the process, so
when one closes the file the locks of the other are gone, and what it commits then can be lost
(https://www.sqlite.org/howtocorrupt.html, 2.2.1).
"""
