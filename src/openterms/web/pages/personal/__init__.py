"""The page of one recipient: what is owed and why, and one tap to answer."""
