"""Message transforms: what a topic or a subscription does to each message on its way.

A transform on the wire becomes a `Step` (`javascript`, `compression`), and all of a resource a `Chain`.
"""
