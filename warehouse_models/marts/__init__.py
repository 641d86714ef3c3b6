"""What people look at: one contract and one SQL file of the same name a mart."""
