"""What the patient may ask of the portal: everything about them as files, correcting, erasing,
closing the account; and the text that they agree to.

Each app says what it holds of a patient by a Part (parts.py); nothing here knows more of it.
"""
