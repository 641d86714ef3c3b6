"""From a point's outbox to landed files: verified, decoded, tokenised, sealed. Where the outside ends."""
