"""Who may do what: policies are validated, evaluated as AWS evaluates them, and shown as a matrix."""
