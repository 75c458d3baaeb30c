"""Inviting many people from a list: a file or pasted lines, looked at before anybody is invited."""
