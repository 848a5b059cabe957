"""Definitions of the measures of receivables and credit, each with its source in the fact book."""
