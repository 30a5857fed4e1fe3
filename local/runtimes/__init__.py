"""What runs for real: each runtime has an install function and is stopped with the server."""
