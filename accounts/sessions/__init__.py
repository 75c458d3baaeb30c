"""Being signed in: for how long, where, with which browser, and how lately it was shown.

allauth signs people in and keeps the list of their sessions; here is what it leaves to us.
"""
