"""What may be said to whom, and when: contact rules, windows, caps."""
