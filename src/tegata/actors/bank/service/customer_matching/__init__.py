"""A bank's own table of customers, matched with lists of revoked certificates (FI-06): files, databases, two engines.

===================  ========================================================================================
:mod:`.matching`     the work from files to files, step by step, and its report
:mod:`.sources`      CSV, Parquet and tables of customers; :mod:`.columns` which of their columns are used
:mod:`.lists`        CRLs: found, checked, streamed
:mod:`.keys`         serial numbers as keys that join; :mod:`.reading` customers' cells as such keys;
                     :mod:`.verdicts` what is joined to them
:mod:`.expression`   the questions, in Ibis: pure
:mod:`.engines`      what answers them: :mod:`.duckdb_engine`, :mod:`.spark_engine`
:mod:`.output`       files and tables that come to stand in their place whole or not at all
:mod:`.database`     tables, by ADBC
:mod:`.arrow`        Arrow's arrays over numpy's memory
:mod:`.phases`       how far the work is
===================  ========================================================================================
"""
