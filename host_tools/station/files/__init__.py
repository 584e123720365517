"""Key files that go to and come from other people's systems."""
