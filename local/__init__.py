"""The embedded local AWS: moto with its gaps closed, and runtimes that really run what is deployed."""
