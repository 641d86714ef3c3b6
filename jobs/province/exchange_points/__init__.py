"""Exchange points as hospitals run them: real servers on loopback, for the demonstration and the tests."""
