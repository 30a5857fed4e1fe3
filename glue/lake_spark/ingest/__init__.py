"""One window of one table of a database into the raw zone, exactly once. Runs on Python 3.9, which EMR has."""
