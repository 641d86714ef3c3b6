"""The hospitals' side of the transports: real servers within this machine, for the demonstration and for tests."""
