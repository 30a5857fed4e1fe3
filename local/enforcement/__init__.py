"""Calls are authorized by the policies that are deployed: what a request needs, who asks, and what decides."""
