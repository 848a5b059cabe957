"""Pages for people without a password: whoever brings a personal link sees what it opens, and nothing else."""
