"""Key files and enrolments that go to and come from other people's systems."""
