"""Transports: how the deliveries of a point are reached. One module a kind; all of them open an `Outbox`."""
