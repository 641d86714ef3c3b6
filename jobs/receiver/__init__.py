"""The receiver: for hospitals that push, it answers as the interface of a province does, and keeps what it takes sealed."""
