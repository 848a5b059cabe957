"""What credit means: statements and scores, limit methods, exposure, authority, the life of an authorisation."""
