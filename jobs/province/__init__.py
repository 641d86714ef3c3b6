"""A synthetic province: what its points would offer, and the truth about it. Shares no code with the spine."""
