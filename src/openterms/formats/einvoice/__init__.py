"""Electronic invoices: the terms of EN 16931 as a tree, read from and written to UBL 2.1 and CII."""
