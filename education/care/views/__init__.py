"""Pages where reading and journal meet around one patient."""
