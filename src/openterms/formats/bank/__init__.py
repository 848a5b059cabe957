"""Bank files in: MT940 and MT942, camt.052, .053 and .054, BAI2, OFX, and CSV by a map. Bytes in, values out."""
