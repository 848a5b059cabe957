"""Mail as it comes in (RFC 5322, MIME): read safely, whatever is in it. Bytes in, values out, nothing raised."""
