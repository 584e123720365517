"""A token on the screen: its folder, its scripts, its look in a terminal."""
