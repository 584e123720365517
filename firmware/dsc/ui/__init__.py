"""What the user sees and touches: drawing, fonts, keypad, texts."""
