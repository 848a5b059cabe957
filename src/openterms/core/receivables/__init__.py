"""What a receivable means: kinds of items, terms, allocation, claims, and the bookings of each."""
