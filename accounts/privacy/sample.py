"""A privacy text to begin with: true of the portal as it is; the clinic makes it its own."""

SAMPLE = """\
## What this is

Your clinic gives you articles to read here, and you can keep a sleep diary. You need not use it. \
Your care is the same without it.

## What is kept

- your name, your e-mail address and how you sign in
- what your care team gave you to read, when you opened it, and what you said of it
- the questions that you write down for a visit
- the nights and reflections of your journal

## Who sees it

- Your care team sees what you were given to read, what you did with it, and your questions.
- Your journal is private. Your care team sees a night or a reflection only after you share it, \
and only until you stop.
- Whenever somebody opens or changes what is yours, it is noted, and you can see who it was.
- People who keep the portal running see your name and address, and never your journal.
- Nobody sells it. E-mails to you never say what they are about.

## How long

- As long as you have an account. You can delete entries, or close your account, at any time.
- After that, the record of who opened what stays for some years, without your name. The page \
“Close your account” says until when.
- Copies that the clinic makes against loss are replaced after a time.

## What you can do

- See, download, correct and delete what is yours: in the menu, under “Your data”.
- Change your mind: close your account there. What was done before stays lawful.
- Ask the clinic, or complain to the office that watches over the privacy of health data where \
you live.
"""
