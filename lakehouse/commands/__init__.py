"""Commands of the kernel: each module holds one word of the command line."""
