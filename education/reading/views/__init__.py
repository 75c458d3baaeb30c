"""The library, the reader, and what a patient says there."""
