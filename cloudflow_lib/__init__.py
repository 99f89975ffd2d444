"""CloudFlow: knows every file in the clouds, says what should move where, and moves it so that nothing is lost."""

__version__ = "0.1.0"
