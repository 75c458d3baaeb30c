"""A second step at sign-in: codes of an app, passkeys, recovery codes.

allauth brings the pages and the protocols; here is what it leaves to us. For whom it is required
says `settings.MFA_REQUIRED` with `middleware.py`.
"""
