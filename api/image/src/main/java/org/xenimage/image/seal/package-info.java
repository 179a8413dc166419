/**
 * What keeps an image from being read or changed by others: keys, signatures, the provenance chain.
 *
 * <p>Everything is the JDK's own: Ed25519, AES, HMAC, PBKDF2, HKDF. Not supported here: hardware tokens, certificates,
 * revocation; a key is trusted because the caller says so.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.image.seal;
