"""What the square codes on an invoice say: payments (EPC, Swiss) and the Saudi tax code (ZATCA)."""
