"""Files between a seller and its collection agencies: placements out, answers and payments in."""
