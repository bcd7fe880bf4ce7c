"""The shared generation service: what a request is, what a job does next, what it may cost.

It knows no platform, no SQL, no HTTP and no web framework; see `ports` for what it asks of the rooms around it.
"""
