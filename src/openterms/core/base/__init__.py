"""What every room stands on: money, rounding, dates, identifiers, reasons and errors."""
