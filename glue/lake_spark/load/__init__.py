"""Files of a dataset into a table of the account's own database."""
