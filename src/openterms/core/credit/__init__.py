"""Whom to trust, with how much, on what terms: the policy, the decision, the line, the authorisation."""
