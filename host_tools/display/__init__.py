"""What a display shows, as a picture that programs compare and people look at; knows no device."""
