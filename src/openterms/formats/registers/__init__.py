"""Answers of registers: what to ask them, and what their bytes say. No network here."""
