"""Money that came in: what a bank statement says and proves, and which open items a receipt pays."""
