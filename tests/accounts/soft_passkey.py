"""A passkey made of software, for tests without a browser."""

import json
import re
import secrets
from hashlib import sha256

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.urls import reverse
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAG = AuthenticatorData.FLAG


class SoftPasskey:
    """Makes one credential and answers challenges with it, as the browser at `origin` would."""

    def __init__(self, origin="https://testserver", verified=True):
        self.origin = origin
        self.flags = FLAG.UP | (FLAG.UV if verified else FLAG(0))
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.handle = ""

    def added_by(self, client, name="My phone"):
        """Add it to the account of whoever is signed in; gives the answer."""
        page = client.get(reverse("mfa_add_webauthn")).content.decode()
        return client.post(
            reverse("mfa_add_webauthn"),
            {"name": name, "credential": json.dumps(self.made_for(options_in(page)))},
        )

    def made_for(self, options):
        self.handle = options["user"]["id"]
        public = AttestedCredentialData.create(
            bytes(16), self.id, ES256.from_cryptography_key(self.key.public_key())
        )
        data = AuthenticatorData.create(
            sha256(options["rp"]["id"].encode()).digest(), self.flags | FLAG.AT, 0, public
        )
        return self._packed(
            {
                "clientDataJSON": self._said("webauthn.create", options),
                "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
            }
        )

    def answer(self, options, handle=None):
        said = CollectedClientData.create("webauthn.get", options["challenge"], self.origin)
        data = AuthenticatorData.create(sha256(options["rpId"].encode()).digest(), self.flags, 1)
        signature = self.key.sign(data + sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._packed(
            {
                "clientDataJSON": websafe_encode(said),
                "authenticatorData": websafe_encode(data),
                "signature": websafe_encode(signature),
                "userHandle": handle or self.handle,
            }
        )

    def _said(self, what, options):
        return websafe_encode(CollectedClientData.create(what, options["challenge"], self.origin))

    def _packed(self, response):
        one = websafe_encode(self.id)
        return {
            "id": one,
            "rawId": one,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }


def options_in(page):
    """The challenge that a page brings along."""
    found = re.search(r'id="passkey-options" type="application/json">(.+?)</script>', page)
    return json.loads(found[1])["publicKey"]


def login_options(client):
    """The challenge that the sign-in page asks for."""
    answer = client.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})
    return answer.json()["request_options"]["publicKey"]
