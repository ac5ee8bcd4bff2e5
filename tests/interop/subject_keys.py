"""Writes or checks the known answers in tests/vectors/subject_keys.json, without the code of this project.

    subject_keys.py write FILE    writes the answers in Python; then run `subject_keys.mjs write FILE`
    subject_keys.py check FILE    compares every answer, and opens every token with jwcrypto and joserfc

HKDF is made of `hmac` here, by the text of RFC 5869. JOSE libraries have their default settings. A nonce is random where a
library makes a token, so each `write` writes other tokens.
"""

import base64
import hashlib
import hmac
import json
import sys

import joserfc.jwe
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc.jwk import OctKey
from jwcrypto import jwe, jwk
from jwcrypto.common import base64url_decode, base64url_encode

SALT = b"user-events/subject-key/v1"
EVENT = "3057899a-a0ed-5ba6-918d-2fa680f6def6"
PLAINTEXT = '{"email":"ada@example.com","displayName":"Zoë Ünal"}'

# RFC 5869, appendix A.1 to A.3.
RFC5869 = [
    {
        "name": "RFC 5869, A.1",
        "ikm": "0b" * 22,
        "salt": "000102030405060708090a0b0c",
        "info": "f0f1f2f3f4f5f6f7f8f9",
        "prk": "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
        "okm": "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    },
    {
        "name": "RFC 5869, A.2",
        "ikm": bytes(range(0x00, 0x50)).hex(),
        "salt": bytes(range(0x60, 0xB0)).hex(),
        "info": bytes(range(0xB0, 0x100)).hex(),
        "prk": "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
        "okm": "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
        "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
    },
    {
        "name": "RFC 5869, A.3",
        "ikm": "0b" * 22,
        "salt": "",
        "info": "",
        "prk": "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
        "okm": "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    },
]


def extract(salt, ikm):
    return hmac.new(salt or bytes(32), ikm, hashlib.sha256).digest()


def expand(prk, info, length):
    okm, block, count = b"", b"", 1
    while len(okm) < length:
        block = hmac.new(prk, block + info + bytes([count]), hashlib.sha256).digest()
        okm, count = okm + block, count + 1
    return okm[:length]


def content_key(data_key, secret, kid):
    return expand(extract(SALT, data_key + secret), b"A256GCM\0" + kid.encode(), 32)


def header(kid):
    return f'{{"alg":"dir","enc":"A256GCM","kid":"{kid}"}}'


def with_cryptography(key, kid, nonce):
    first = base64url_encode(header(kid))
    sealed = AESGCM(key).encrypt(nonce, PLAINTEXT.encode(), first.encode())
    return ".".join([first, "", *map(base64url_encode, (nonce, sealed[:-16], sealed[-16:]))])


def with_jwcrypto(key, kid, _nonce):
    token = jwe.JWE(PLAINTEXT.encode(), protected=header(kid))
    token.add_recipient(jwk.JWK(kty="oct", k=base64url_encode(key)))
    return token.serialize(compact=True)


def with_joserfc(key, kid, _nonce):
    return joserfc.jwe.encrypt_compact(
        {"alg": "dir", "enc": "A256GCM", "kid": kid}, PLAINTEXT.encode(), OctKey.import_key(key)
    )


def answers():
    hkdf = [{**case, "length": len(case["okm"]) // 2} for case in RFC5869]
    names = []
    for source, subject in [
        ("/user-service", "users/user-1"),
        ("/user-service", "users/user-2"),
        ("/user-service/eu", "users/Zoë Ünal"),
    ]:
        pk = hashlib.sha256(source.encode() + b"\n" + subject.encode()).hexdigest()
        names.append({"source": source, "subject": subject, "pk": pk})
    tokens = []
    for place, (writer, seal) in enumerate(
        {"cryptography": with_cryptography, "jwcrypto": with_jwcrypto, "joserfc": with_joserfc}.items()
    ):
        data_key, secret = (bytes((start + 7 * place + byte) % 256 for byte in range(32)) for start in (0, 100))
        key_id = base64url_encode(bytes((200 + place + byte) % 256 for byte in range(16)))
        kid = f"{EVENT}/contact/{key_id}"
        key = content_key(data_key, secret, kid)
        token = seal(key, kid, bytes(range(12)))
        tokens.append(
            {
                "writer": writer,
                "eventId": EVENT,
                "class": "contact",
                "keyId": key_id,
                "dataKey": base64.b64encode(data_key).decode(),
                "secret": base64.b64encode(secret).decode(),
                "contentKey": base64.b64encode(key).decode(),
                "nonce": base64.b64encode(base64url_decode(token.split(".")[2])).decode(),
                "plaintext": PLAINTEXT,
                "token": token,
            }
        )
    return {"hkdf": hkdf, "names": names, "tokens": tokens}


def check(known):
    for case in known["hkdf"]:
        ikm, salt, info = (bytes.fromhex(case[name]) for name in ("ikm", "salt", "info"))
        prk = extract(salt, ikm)
        assert prk.hex() == case["prk"], case["name"]
        assert expand(prk, info, case["length"]).hex() == case["okm"], case["name"]
    for case in known["names"]:
        assert hashlib.sha256(f"{case['source']}\n{case['subject']}".encode()).hexdigest() == case["pk"]
    for case in known["tokens"]:
        data_key, secret, nonce = (base64.b64decode(case[name]) for name in ("dataKey", "secret", "nonce"))
        kid = f"{case['eventId']}/{case['class']}/{case['keyId']}"
        key = content_key(data_key, secret, kid)
        assert key == base64.b64decode(case["contentKey"]), case["writer"]
        assert base64url_decode(case["token"].split(".")[0]).decode() == header(kid), case["writer"]
        assert case["token"] == with_cryptography(key, kid, nonce), case["writer"]
        opened = jwe.JWE()
        opened.deserialize(case["token"], jwk.JWK(kty="oct", k=base64url_encode(key)))
        assert opened.payload.decode() == case["plaintext"], case["writer"]
        plaintext = joserfc.jwe.decrypt_compact(case["token"], OctKey.import_key(key)).plaintext
        assert plaintext.decode() == case["plaintext"], case["writer"]
    print(f"{len(known['hkdf'])} of HKDF, {len(known['names'])} names, {len(known['tokens'])} tokens")


def main(what, file):
    if what == "write":
        with open(file, "w", encoding="utf-8") as text:
            text.write(json.dumps(answers(), indent=2, ensure_ascii=False) + "\n")
    with open(file, encoding="utf-8") as text:
        check(json.load(text))


main(*sys.argv[1:])
