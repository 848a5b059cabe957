"""What a reply says: whose it is, which items it speaks of, and what it proposes. Text in, values out."""
