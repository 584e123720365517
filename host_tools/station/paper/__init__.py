"""What the station prints: labels with a token's serial, letters with its first PIN."""
