/**
 * The configs of toolstacks other than xl: libvirt's domain XML as a tree that scripts edit, edits of
 * single values in its text; the record of xenopsd, an s-expression; and what of both has a counterpart
 * in libxl's JSON.
 *
 * <p>What one toolstack's config means in the other's words is said here and nowhere else. A config
 * that nobody edits is never printed again.
 *
 * <p>Not supported: a document type definition, and text encodings other than UTF-8; libvirt writes
 * neither.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.image.config;
