"""Pages of the journal. All are the patient's own; nobody else has a page here."""
